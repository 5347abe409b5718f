package hist

import (
	"fmt"
	"io"
	"time"

	hdr "github.com/HdrHistogram/hdrhistogram-go"
)

const (
	// millis is a millisecond in nanoseconds: the texts' unit, since the plotters label their
	// axes in milliseconds.
	millis = 1e6
	// linesPerHalf is how many lines there are for each halving of the share beyond, as in
	// HdrHistogram's own tools.
	linesPerHalf = 5
)

// WriteDistribution writes h as HdrHistogram's percentile distribution: value in
// milliseconds, quantile, count up to it, 1/(1−quantile). Its plotters read it.
func (h *Histogram) WriteDistribution(w io.Writer) error {
	if _, err := h.counts.PercentilesPrint(w, linesPerHalf, millis); err != nil {
		return fmt.Errorf("write a distribution: %w", err)
	}
	return nil
}

// Interval is a histogram of one span of time, under a name without commas and
// blanks.
type Interval struct {
	Tag        string
	Start, End time.Time
	Histogram  *Histogram
}

// WriteLog writes an HdrHistogram interval log (version 1.3) of times in
// nanoseconds; the column Interval_Max is in milliseconds. Its start is that of
// the first interval. Intervals without values are left out.
func WriteLog(w io.Writer, intervals []Interval) error {
	log := hdr.NewHistogramLogWriter(w)
	write := func() error {
		if err := log.OutputLogFormatVersion(); err != nil {
			return err
		}
		if len(intervals) > 0 {
			if err := log.OutputStartTime(intervals[0].Start.UnixMilli()); err != nil {
				return err
			}
		}
		if err := log.OutputLegend(); err != nil {
			return err
		}
		for _, i := range intervals {
			if err := i.write(log); err != nil {
				return err
			}
		}
		return nil
	}
	if err := write(); err != nil {
		return fmt.Errorf("write a histogram log: %w", err)
	}
	return nil
}

func (i Interval) write(log *hdr.HistogramLogWriter) error {
	if i.Histogram.Count() == 0 {
		return nil
	}
	stamped := *i.Histogram.counts // its counts are only read
	stamped.SetTag(i.Tag)
	stamped.SetStartTimeMs(i.Start.UnixMilli())
	stamped.SetEndTimeMs(i.End.UnixMilli())
	return log.OutputIntervalHistogram(&stamped)
}
