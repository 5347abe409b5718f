// Package scenario reads scenario files.
//
// In flow YAML text, overrides such as "launches=3" and the catalogue of
// methods; out flows a [bench.Scenario] that is valid and complete, or an error
// that shows every problem where it stands:
//
//	scenarios/quick.yaml:14:23: unknown method "jtw"
//	    method: {id: jtw, alg: RS256}
//	                 ^
//	  did you mean "jwt"? There are: none, carry, apikey, jwt
//
// A file is read in these steps:
//
//  1. [Load] finds it: a path, a name in ./scenarios, or one that the program
//     carries within itself.
//  2. compose turns the text into a tree of nodes that know their positions; the
//     overrides then replace or add nodes.
//  3. decoder walks the tree along bench's types. Keys that no type has, values
//     of another type and written zeros end here.
//  4. [bench.Scenario.Validate] judges what was read; its paths are mapped back
//     to nodes.
//
// The YAML library's own decoding into structs is not used: it cannot tell a
// rate of 0 from none, and its errors are finished texts about Go types.
//
// [Schema] describes the files to editors.
package scenario
