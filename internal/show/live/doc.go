// Package live shows a run, or a load test, on a terminal while it goes on.
//
// What flows in: the runner's progress ([Progress]) and, after each launch (of the first:
// after its rounds), what the analysis says so far ([Found]); of a load test, a [LoadReading] some
// times a second. What flows out: frames on standard error, which leave nothing behind.
// It computes no figure of its own, so that a running estimate is what the report would
// say if the run ended here.
//
// [Model] and [LoadModel] turn what flowed in into a frame and are pure; [Screen] draws it:
//
//  1. [Screen.Show] returns when the frame is drawn, and between calls nothing is drawn.
//     Of a run it is called between slices only, so that no drawing falls into one; of a
//     load test, which is one slice, by a thread that is not the generator's.
//  2. Frames are drawn on the terminal's other screen, so that nothing is left behind
//     when the window changes its size. The terminal's mode stays as it is, nothing is asked of it,
//     and Ctrl-C remains a signal.
//  3. [Screen.Close] leaves what was on the terminal before. The report follows.
package live
