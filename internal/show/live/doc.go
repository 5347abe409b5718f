// Package live shows a run on a terminal while it goes on.
//
// What flows in: the runner's progress ([Progress]) and, after each launch, what the
// analysis says of the launches so far ([Found]). What flows out: frames on standard
// error, which leave nothing behind. It computes no figure of its own, so that a
// running estimate is what the report would say if the run ended here.
//
// [Model] turns what flowed in into a frame and is pure; [Screen] draws it:
//
//  1. [Screen.Show] is called between slices only. It returns when the frame is drawn,
//     so that no drawing falls into a slice.
//  2. Frames are drawn on the terminal's other screen, so that nothing is left behind
//     when the window changes its size. The terminal's mode stays as it is, nothing is asked of it,
//     and Ctrl-C remains a signal.
//  3. [Screen.Close] leaves what was on the terminal before. The report follows.
package live
