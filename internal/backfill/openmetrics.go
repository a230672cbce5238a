package backfill

import (
	"bufio"
	"io"
	"strconv"
	"strings"

	"github.com/prometheus/common/model"
)

// openMetrics writes samples as promtool reads them: a line each, in time order over all families, with no line of
// metadata, which blocks cannot hold.
type openMetrics struct {
	w       *bufio.Writer
	written int64 // Bytes, also those that the buffer still holds.
	count   int   // Samples.
	stamp   []byte
}

func newOpenMetrics(w io.Writer, already int64) *openMetrics {
	return &openMetrics{w: bufio.NewWriterSize(w, 256<<10), written: already}
}

func (o *openMetrics) samples() int { return o.count }

// hold renders all but the time, since a sample is mostly a repetition.
func (o *openMetrics) hold(list []exposedSeries) func(ms int64) error {
	var text []byte
	ends := make([]int, len(list))
	for i, s := range list {
		text = appendSeries(text, s)
		ends[i] = len(text)
	}
	return func(ms int64) error {
		o.stamp = append(appendSeconds(o.stamp[:0], ms), '\n')
		start := 0
		for _, end := range ends {
			// The last error of a bufio.Writer is enough: it keeps the first.
			_, _ = o.w.Write(text[start:end])
			_, err := o.w.Write(o.stamp)
			if err != nil {
				return err
			}
			o.written += int64(end - start + len(o.stamp))
			start = end
		}
		o.count += len(ends)
		return nil
	}
}

// end writes the line without which the file counts as torn off.
func (o *openMetrics) end() error {
	n, err := o.w.WriteString("# EOF\n")
	o.written += int64(n)
	return err
}

// appendSeries appends the name, the labels, the value and a blank.
func appendSeries(text []byte, s exposedSeries) []byte {
	for _, l := range s.labels {
		if l.Name == model.MetricNameLabel {
			text = append(text, l.Value...)
		}
	}
	separator := byte('{')
	for _, l := range s.labels {
		if l.Name == model.MetricNameLabel {
			continue
		}
		text = append(text, separator)
		text = append(text, l.Name...)
		text = append(text, '=', '"')
		text = append(text, escaper.Replace(l.Value)...)
		text = append(text, '"')
		separator = ','
	}
	text = append(text, '}', ' ') // A KPI's exposedSeries always has the label kpi.
	text = strconv.AppendFloat(text, s.value, 'g', -1, 64)
	return append(text, ' ')
}

var escaper = strings.NewReplacer(`\`, `\\`, "\n", `\n`, `"`, `\"`)

// appendSeconds appends an instant in Unix seconds, with a fraction if it has one.
func appendSeconds(text []byte, ms int64) []byte {
	if ms%1000 == 0 {
		return strconv.AppendInt(text, ms/1000, 10)
	}
	return strconv.AppendFloat(text, float64(ms)/1000, 'f', 3, 64)
}
