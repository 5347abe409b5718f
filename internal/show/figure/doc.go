// Package figure draws an analysis: static figures as SVG and PNG, fit for print,
// for the colour-blind and for grey paper.
//
// What flows in is an [analysis.Analysis]; what flows out is a list of [Figure] values, each of
// which renders itself to bytes. Others write them to files.
//
//  1. [All] lists the figures that the loads of the summary give, in the order
//     in which a report shows them.
//  2. Every arm has one look (colour, dashes, glyph) in all figures.
//  3. Each figure draws its title, a note that says what is shown and what is not, its body,
//     and a legend of all arms, including those that are left out.
//
// Equal analyses give equal bytes. Values are scaled before gonum gets them, because its
// logarithmic scale panics on zero. Values that are not finite are left out, and a figure
// without data says so.
package figure
