package backfill

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/prometheus/prompb"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
	"github.com/kpi-exporter/kpi_exporter/internal/secret"
)

// asked answers requests to the API of a server; reply returns the body for a query, and how long it takes, less than 0 for ever.
type asked func(form url.Values) (body string, takes time.Duration)

// RoundTrip implements http.RoundTripper.
func (reply asked) RoundTrip(r *http.Request) (*http.Response, error) {
	text, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	form, err := url.ParseQuery(string(text))
	if err != nil {
		return nil, err
	}
	body, takes := reply(form)
	if takes < 0 {
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
	if !sleep(r.Context(), takes) {
		return nil, r.Context().Err()
	}
	return &http.Response{StatusCode: http.StatusOK, Status: "200 OK", Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
}

// announced is what is said while a server lets requests wait, and when that began.
type announced struct {
	mu    sync.Mutex
	lines []string
	first time.Time
}

func (a *announced) note(text string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.lines = append(a.lines, text); len(a.lines) == 1 {
		a.first = time.Now()
	}
}

// said returns the lines, and when the first was said.
func (a *announced) said() (lines []string, first time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.lines), a.first
}

// waiting returns a server, and what is said while it lets requests wait.
func waiting(t *testing.T, reply asked) (*Prometheus, *announced) {
	t.Helper()
	p, err := NewPrometheus("http://vm", &http.Client{Transport: reply, Timeout: 5 * time.Minute}, &secret.Set{})
	if err != nil {
		t.Fatal(err)
	}
	a := &announced{}
	p.OnWait(a.note)
	return p, a
}

// of returns the answer with one series of the KPI that a query asks for.
func of(form url.Values, value float64) string {
	_, name, _ := strings.Cut(form.Get("query"), `kpi="`)
	name, _, _ = strings.Cut(name, `"`)
	return fmt.Sprintf(`{"status":"success","data":{"resultType":"vector","result":[{"metric":{"__name__":"kpi_value","kpi":%q},"value":[1,"%g"]}]}}`, name, value)
}

const none = `{"status":"success","data":{"resultType":"vector","result":[]}}`

// sentKPIs returns KPIs k1, k2 and so on, of each of which a 7 was sent at two instants a day apart.
func sentKPIs(kpis int) Sent {
	var sent Sent
	for i := range kpis {
		k := &config.KPI{Name: fmt.Sprintf("k%d", i+1), Calendar: period.Calendar{Location: time.UTC}}
		run := &runOf{values: []float64{7}, series: []prompb.TimeSeries{{Labels: []prompb.Label{{Name: "__name__", Value: "kpi_value"}, {Name: "kpi", Value: k.Name}}}}}
		sent.kpis = append(sent.kpis, &sentKPI{of: Range{KPI: k}, samples: 2, first: moment{0, run}, last: moment{86_400_000, run}})
	}
	return sent
}

// answers returns a server that always gives one answer.
func answers(body string) func(time.Time) asked {
	return func(time.Time) asked {
		return func(url.Values) (string, time.Duration) { return body, 0 }
	}
}

// TestReadBackEnds has servers let the reading back wait, which ends within a minute all the same.
func TestReadBackEnds(t *testing.T) {
	first, last := time.Unix(0, 0).UTC(), time.Unix(86_400, 0).UTC()
	missing := func(name string, d Dropped) Dropped { d.KPI, d.First, d.Last = name, first, last; return d }
	for name, tc := range map[string]struct {
		kpis  int
		reply func(began time.Time) asked
		want  Arrival
		err   string
		takes time.Duration // At most.
		said  int           // Lines.
	}{
		"holds it": {2, func(time.Time) asked {
			return func(form url.Values) (string, time.Duration) { return of(form, 7), 0 }
		}, Arrival{}, "", 0, 0},
		"shows it after half a minute": {2, func(began time.Time) asked {
			return func(form url.Values) (string, time.Duration) {
				if time.Since(began) < 30*time.Second {
					return none, 0
				}
				return of(form, 7), 0
			}
		}, Arrival{}, "", 30 * time.Second, 0},
		"thousands, at a distance": {2000, func(time.Time) asked {
			return func(form url.Values) (string, time.Duration) { return of(form, 7), 50 * time.Millisecond }
		}, Arrival{}, "", 25 * time.Second, 0},
		"never answers": {2, func(time.Time) asked {
			return func(url.Values) (string, time.Duration) { return "", -1 }
		}, Arrival{Unread: []string{"k1", "k2"}}, "", time.Minute, 1},
		"answers for one only": {2, func(time.Time) asked {
			return func(form url.Values) (string, time.Duration) {
				if strings.Contains(form.Get("query"), `"k1"`) {
					return "", -1
				}
				return of(form, 7), 0
			}
		}, Arrival{Unread: []string{"k1"}}, "", time.Minute, 1},
		"slow, and another value": {2, func(time.Time) asked {
			return func(form url.Values) (string, time.Duration) { return of(form, 8), 20 * time.Second }
		}, Arrival{Dropped: []Dropped{missing("k1", Dropped{NoFirst: true, NoLast: true}), missing("k2", Dropped{NoFirst: true, NoLast: true})}}, "", time.Minute, 1},
		"holds nothing": {1, answers(none), Arrival{Dropped: []Dropped{missing("k1", Dropped{NoFirst: true, NoLast: true, Nothing: true})}}, "", time.Minute, 0},
		"holds the last, and is slow to say since when": {1, func(time.Time) asked {
			return func(form url.Values) (string, time.Duration) {
				switch {
				case strings.Contains(form.Get("query"), "count_over_time"):
					return none, 2 * time.Second
				case form.Get("time") == "0":
					return none, 0
				}
				return of(form, 7), 0
			}
		}, Arrival{Dropped: []Dropped{missing("k1", Dropped{NoFirst: true})}}, "", time.Minute, 0},
		"endless answer":         {1, answers(strings.Repeat(" ", maxAnswer+1)), Arrival{}, "http://vm: 200 OK: the answer is larger than 256 MB", 0, 0},
		"no Prometheus":          {1, answers("<html>"), Arrival{}, "http://vm: the answer is not that of a Prometheus", 0, 0},
		"other JSON":             {1, answers("{}"), Arrival{}, "http://vm: the answer is not that of a Prometheus", 0, 0},
		"partial":                {1, answers(`{"status":"success","isPartial":true,"data":{"resultType":"vector","result":[]}}`), Arrival{}, "http://vm: the answer is not whole: the server says that it is partial", 0, 0},
		"a store did not answer": {1, answers(`{"status":"success","data":{"resultType":"vector","result":[]},"warnings":["store x is down"]}`), Arrival{}, "http://vm: the answer is not whole: store x is down", 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				p, waits := waiting(t, tc.reply(began))
				got, err := p.ReadBack(t.Context(), Job{}, sentKPIs(tc.kpis))
				slices.Sort(got.Unread)
				if text := fmt.Sprint(err); fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", tc.want) || err != nil && text != tc.err || err == nil && tc.err != "" {
					t.Errorf("got %+v, %v\nwant %+v, %s", got, err, tc.want, tc.err)
				}
				if took := time.Since(began); took > tc.takes {
					t.Errorf("it took %s, want at most %s", took, tc.takes)
				}
				if said, _ := waits.said(); len(said) != tc.said {
					t.Errorf("it says %q, want %d lines", said, tc.said)
				}
			})
		})
	}
}

// TestReadBackIsStopped stops the reading back from outside.
func TestReadBackIsStopped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, _ := waiting(t, func(url.Values) (string, time.Duration) { return "", -1 })
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		if got, err := p.ReadBack(ctx, Job{}, sentKPIs(3)); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%+v, %v", got, err)
		}
	})
}

// TestWaiting has a server never answer what has no other limit than the client's.
func TestWaiting(t *testing.T) {
	for name, ask := range map[string]func(context.Context, *Prometheus) error{
		"verify, and what it holds": func(ctx context.Context, p *Prometheus) error { _, err := p.query(ctx, "up", time.Time{}); return err },
		"delete":                    func(ctx context.Context, p *Prometheus) error { return p.Delete(ctx, Job{}) },
		"remote write":              func(ctx context.Context, p *Prometheus) error { p.retries = 0; return p.send(ctx, nil) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				p, waits := waiting(t, func(url.Values) (string, time.Duration) { return "", -1 })
				err := ask(t.Context(), p)
				if err == nil || !strings.HasSuffix(err.Error(), "http://vm: no answer within 5m") {
					t.Errorf("got %v", err)
				}
				said, first := waits.said()
				if want := []string{"waiting for http://vm, which has not answered for 10s"}; !slices.Equal(said, want) || first.Sub(began) != 10*time.Second {
					t.Errorf("after %s it says %q, want %q", first.Sub(began), said, want)
				}
			})
		})
	}
}

func TestUnreadText(t *testing.T) {
	for names, want := range map[string]string{
		"a":                       "http://vm did not answer within a minute, so 1 KPI could not be read back: a\n",
		"a b":                     "http://vm did not answer within a minute, so 2 KPIs could not be read back: a, b\n",
		"a b c d e f g h i j":     "so 10 KPIs could not be read back: a, b, c, d, e, f, g, h, i, j\n",
		"a b c d e f g h i j k l": "so 12 KPIs could not be read back: a, b, c, d, e, f, g, h, i, j and 2 more\n",
	} {
		if got := UnreadText("http://vm", strings.Fields(names)); !strings.Contains(got, want) {
			t.Errorf("got %s\nwant %s", got, want)
		}
	}
}
