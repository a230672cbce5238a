package backfill

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/klauspost/compress/snappy"
	"github.com/prometheus/prometheus/prompb"

	"github.com/kpi-exporter/kpi_exporter/collector"
)

const (
	maxBatch     = 5000 // Samples in one request.
	maxPatience  = 30 * time.Second
	maxRetryHint = 10 * time.Minute // What a server may at most ask to wait.
)

// RemoteWrite runs the job and sends its samples to a server by remote write 1.0.
func (p *Prometheus) RemoteWrite(ctx context.Context, e *collector.Evaluator, j Job) (Report, Sent, error) {
	if j.retries == nil {
		j.retries = defaultRetries()
	}
	out := &remoteWrite{ctx: ctx, server: p, sending: make(map[string]*sentKPI, len(j.Ranges))}
	for _, r := range j.Ranges {
		out.sending[r.KPI.Name] = &sentKPI{of: r}
	}
	report, err := j.write(ctx, e, out, time.Time{})
	if ctx.Err() == nil {
		err = errors.Join(err, out.flush()) // What was evaluated is good, whatever stopped the rest.
	}
	report.Samples = out.samples()
	var sent Sent
	for _, r := range j.Ranges {
		if k := out.sending[r.KPI.Name]; k.samples > 0 {
			sent.kpis = append(sent.kpis, k)
		}
	}
	return report, sent, err
}

// remoteWrite gathers samples into requests.
type remoteWrite struct {
	ctx    context.Context //nolint:containedctx // The context of the one job that it lives for.
	server *Prometheus
	batch  []*runOf
	size   int // Samples in the batch.
	sent   int

	sending map[string]*sentKPI // By the KPI's name.
}

// runOf is what a KPI showed from one step to the next.
type runOf struct {
	series []prompb.TimeSeries // With no samples.
	values []float64           // One per series.
	times  []int64             // Unix milliseconds, of this batch.
}

func (w *remoteWrite) samples() int            { return w.sent }
func (w *remoteWrite) reached(time.Time) error { return nil }

func (w *remoteWrite) hold(list []exposedSeries) func(ms int64) error {
	run := &runOf{series: make([]prompb.TimeSeries, len(list)), values: make([]float64, len(list))}
	for i, s := range list {
		run.values[i] = s.value
		run.series[i].Labels = make([]prompb.Label, len(s.labels))
		for j, l := range s.labels {
			run.series[i].Labels[j] = prompb.Label{Name: l.Name, Value: l.Value}
		}
	}
	var kpi *sentKPI
	if len(list) > 0 {
		kpi = w.sending[labelOf(run.series[0], "kpi")]
	}
	return func(ms int64) error {
		if kpi != nil {
			kpi.note(run, ms)
		}
		if len(run.times) == 0 {
			w.batch = append(w.batch, run)
		}
		run.times = append(run.times, ms)
		w.size += len(run.series)
		if w.size < maxBatch {
			return nil
		}
		return w.flush()
	}
}

func (w *remoteWrite) flush() error {
	if w.size == 0 {
		return nil
	}
	var request prompb.WriteRequest
	for _, run := range w.batch {
		for i, series := range run.series {
			for _, ms := range run.times {
				series.Samples = append(series.Samples, prompb.Sample{Value: run.values[i], Timestamp: ms})
			}
			request.Timeseries = append(request.Timeseries, series)
		}
		run.times = run.times[:0]
	}
	body, err := request.Marshal()
	if err != nil {
		return err
	}
	if err := w.server.send(w.ctx, snappy.Encode(nil, body)); err != nil {
		return err
	}
	w.sent += w.size
	w.batch, w.size = w.batch[:0], 0
	return nil
}

// send sends a request until the server has taken it or says that it never will.
func (p *Prometheus) send(ctx context.Context, body []byte) error {
	patience := p.patience
	for try := 0; ; try++ {
		header := http.Header{
			"Content-Type":                      {"application/x-protobuf"},
			"Content-Encoding":                  {"snappy"},
			"X-Prometheus-Remote-Write-Version": {"0.1.0"},
		}
		a, err := p.post(ctx, p.url, body, header)
		wait := patience
		switch {
		case err != nil:
		case a.good():
			return nil
		default:
			err = p.refused(a)
			if a.code != http.StatusTooManyRequests && a.code/100 != 5 {
				return hint(err)
			}
			wait = max(wait, p.retryAfter(a.header.Get("Retry-After")))
		}
		if try == p.retries {
			return fmt.Errorf("tried %d times: %w", try+1, err)
		}
		if !sleep(ctx, wait) {
			return context.Cause(ctx)
		}
		patience = min(2*patience, maxPatience)
	}
}

// hint adds what to do about samples that are too old for the server.
func hint(err error) error {
	for _, sign := range []string{"out of order", "out of bounds", "too old", "too far"} {
		if strings.Contains(strings.ToLower(err.Error()), sign) {
			return fmt.Errorf("%w (for history, Prometheus needs out_of_order_time_window under storage: tsdb:, reaching back to --from)", err)
		}
	}
	return err
}

// retryAfter returns how long the server asks clients to wait: a number of seconds, or a time of day.
func (p *Prometheus) retryAfter(said string) time.Duration {
	var wait time.Duration
	if n, err := strconv.Atoi(said); err == nil {
		wait = time.Duration(min(n, int(maxRetryHint.Seconds()))) * time.Second
	} else if at, err := http.ParseTime(said); err == nil {
		wait = at.Sub(p.timeNow())
	}
	return min(max(wait, 0), maxRetryHint)
}
