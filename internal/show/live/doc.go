// Package live shows a run, or a load test, on a terminal while it goes on.
//
// What flows in: the runner's progress ([Progress]) and, after each launch (during the first:
// after its rounds), the analysis so far ([Found]); for a load test, a [LoadReading] a few times
// per second. What flows out: frames on standard error, which leave nothing behind. The package
// computes no figures, so that it shows what the report would say if the run ended now.
//
// [Model] and [LoadModel] turn what flowed in into a frame and are pure; [Screen] draws it:
//
//  1. [Screen.Show] returns when the frame is drawn, and between calls nothing is drawn. For a
//     run it is called only between slices, so that no drawing disturbs one; for an episode,
//     once a second, and for a load test, which is one slice, by a thread other than the
//     generator's.
//  2. Frames are drawn on the terminal's other screen, so that nothing is left behind
//     when the window changes its size. The terminal's mode stays as it is, nothing is asked of it,
//     and Ctrl-C remains a signal.
//  3. [Screen.Close] leaves what was on the terminal before. The report follows.
package live
