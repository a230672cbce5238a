package main

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"io"
	"math"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// How much each promise is given beyond what it says, because the machine may be busy with other things.
const (
	soakScrape     = 10 * time.Second // Prometheus gives up then.
	soakMargin     = 5 * time.Second
	soakStaleAfter = 20 * time.Second // In the file.
	soakStale      = soakStaleAfter + soakMargin
	soakNoticed    = 20 * time.Second // every, the timeout, and the probe of a database that is silent.
	soakMemory     = 100 << 20
	soakReopened   = 10 * time.Second // How long the server may see connections of which the exporter knows no more.
)

// excuses are the times in which the exporter cannot answer: it is not there, or stopped.
type excuses struct {
	mu    sync.Mutex
	spans [][2]time.Time // The end is zero as long as it lasts.
}

func (e *excuses) begin() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.spans = append(e.spans, [2]time.Time{time.Now()})
}

func (e *excuses) end() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.spans[len(e.spans)-1][1] = time.Now()
}

// cover reports whether one of them overlaps with the time since an instant, or was over shortly before.
func (e *excuses) cover(since time.Time) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, span := range e.spans {
		if span[1].IsZero() || span[1].Add(soakMargin).After(since) {
			return true
		}
	}
	return false
}

// A soakPage is the metrics as they were at one time.
type soakPage struct {
	asked  time.Time
	values map[string]map[string]float64 // By family and KPI; of several series the oldest value.
}

func (p *soakPage) of(family, kpi string) (float64, bool) {
	value, ok := p.values[family][kpi]
	return value, ok
}

// wellSince says what is missing to a page on which all is well and every value was read since an instant; "" if nothing is.
func (p *soakPage) wellSince(kpis []string, since time.Time) string {
	for _, kpi := range kpis {
		up, _ := p.of("kpi_up", kpi)
		value, ok := p.of("kpi_value", kpi)
		success, _ := p.of("kpi_last_success_timestamp_seconds", kpi)
		if up != 1 || !ok || kpi != "difference" && value < seconds(since) || success < seconds(since) {
			return fmt.Sprintf("%s: kpi_up %v, value %v, last success %v, want all of them after %v", kpi, up, value, success, seconds(since))
		}
	}
	return ""
}

// lies says what on the page cannot be true.
func (p *soakPage) lies(kpis []string, started time.Time) (lies []string) {
	say := func(format string, args ...any) { lies = append(lies, fmt.Sprintf(format, args...)) }
	for _, kpi := range kpis {
		up, known := p.of("kpi_up", kpi)
		success, succeeded := p.of("kpi_last_success_timestamp_seconds", kpi)
		value, shown := p.of("kpi_value", kpi)
		age := p.age(success)
		switch {
		case !known && p.asked.After(started.Add(soakNoticed)):
			say("%s has no kpi_up", kpi)
		case known && up == 1 && age > soakNoticed:
			say("%s is up, and the last success was %s ago", kpi, age)
		case shown && !succeeded:
			say("%s has a value and never had a success", kpi)
		case shown && age > soakStale:
			say("%s has a value, and the last success was %s ago", kpi, age)
		case shown && kpi != "difference" && p.age(value) > soakStale:
			say("the value of %s is %s old, and shown as one of %s ago", kpi, p.age(value), age)
		case shown && kpi != "difference" && value > success+soakMargin.Seconds():
			say("the value of %s was read %gs after it is said to", kpi, value-success)
		}
	}
	// All three come from one evaluation.
	first, one := p.of("kpi_value", "first")
	second, two := p.of("kpi_value", "second")
	if one != two || one && math.Abs(second-first-1) > 1e-3 {
		say("the page is torn: first %v, second %v", first, second)
	}
	if difference, ok := p.of("kpi_value", "difference"); ok && difference != 1 {
		say("the difference is %v", difference)
	}
	return lies
}

// age returns how old something was when the page was asked for.
func (p *soakPage) age(unix float64) time.Duration {
	return time.Duration((seconds(p.asked) - unix) * float64(time.Second))
}

func seconds(t time.Time) float64 { return float64(t.UnixMicro()) / 1e6 }

// scrape asks for the page, in one of its formats, until ctx ends, and checks each answer.
func (s *soak) scrape(ctx context.Context, accept string) {
	client := &http.Client{Timeout: soakScrape}
	defer client.CloseIdleConnections()
	for ticker := time.NewTicker(25 * time.Millisecond); ctx.Err() == nil; <-ticker.C {
		asked := time.Now()
		body, err := s.ask(ctx, client, accept)
		took := time.Since(asked)
		if s.excused.cover(asked) || ctx.Err() != nil {
			continue
		}
		s.figures.scrapes.Add(1)
		s.note(took)
		if err != nil {
			s.t.Errorf("a scrape failed after %s: %v", took, err)
			return
		}
		if accept != "" {
			continue // Its end says that it is whole. The other format is read.
		}
		page, err := readSoakPage(asked, body)
		if err != nil {
			s.t.Errorf("%v in\n%s", err, body)
			return
		}
		lies := page.lies(s.kpis, time.UnixMicro(s.started.Load()))
		if bytes.Contains(body, []byte(soakSecret)) {
			lies = append(lies, "it has the secret")
		}
		if len(lies) > 0 {
			s.t.Errorf("a page asked for at %s: %s", asked.Format(time.StampMilli), strings.Join(lies, "\n"))
			return
		}
		s.last.Store(page)
	}
}

// note counts a scrape.
func (s *soak) note(took time.Duration) {
	s.figures.mu.Lock()
	defer s.figures.mu.Unlock()
	s.figures.slowest = max(s.figures.slowest, took)
	if took > 250*time.Millisecond {
		s.figures.slowScrapes++
	}
}

// ask returns a whole page.
func (s *soak) ask(ctx context.Context, client *http.Client, accept string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.addr+"/metrics", http.NoBody)
	if err != nil {
		return nil, err
	}
	if accept != "" {
		request.Header.Set("Accept", accept)
	}
	response, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	switch {
	case err != nil:
		return nil, err
	case response.StatusCode != http.StatusOK:
		return nil, fmt.Errorf("%s: %s", response.Status, body)
	case accept != "" && !bytes.HasSuffix(body, []byte("# EOF\n")):
		return nil, fmt.Errorf("the page has no end: %q", body[max(0, len(body)-100):])
	}
	return body, nil
}

func readSoakPage(asked time.Time, body []byte) (*soakPage, error) {
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	page := &soakPage{asked, map[string]map[string]float64{}}
	for _, family := range []string{"kpi_up", "kpi_value", "kpi_last_success_timestamp_seconds"} {
		page.values[family] = map[string]float64{}
		for _, metric := range families[family].GetMetric() {
			kpi := labelOf(metric, "kpi")
			if old, ok := page.values[family][kpi]; !ok || metric.GetGauge().GetValue() < old {
				page.values[family][kpi] = metric.GetGauge().GetValue()
			}
		}
	}
	page.values["go_goroutines"] = map[string]float64{"": families["go_goroutines"].GetMetric()[0].GetGauge().GetValue()}
	return page, nil
}

func labelOf(metric *dto.Metric, name string) string {
	for _, label := range metric.GetLabel() {
		if label.GetName() == name {
			return label.GetValue()
		}
	}
	return ""
}

var residentMemory = regexp.MustCompile(`VmRSS:\s+(\d+) kB`)

// watchProcess checks what the system says about the exporter, until ctx ends.
func (s *soak) watchProcess(ctx context.Context) {
	for ticker := time.NewTicker(50 * time.Millisecond); ctx.Err() == nil; <-ticker.C {
		pid := strconv.FormatInt(s.pid.Load(), 10)
		status, err := os.ReadFile("/proc/" + pid + "/status")
		match := residentMemory.FindSubmatch(status)
		files, filesErr := os.ReadDir("/proc/" + pid + "/fd")
		if err != nil || filesErr != nil || match == nil {
			continue // It is not there; whether it should be, scrapes tell.
		}
		kilobytes, _ := strconv.Atoi(string(match[1]))
		s.atMost("kB of memory", kilobytes, soakMemory>>10)
		clients := int(s.hostile.Load())
		s.atMost("open files", len(files), 100+2*clients)
		if page := s.last.Load(); page != nil {
			n, _ := page.of("go_goroutines", "")
			s.atMost("goroutines", int(n), 200+4*clients)
		}
		s.figures.most("hostile clients", clients)
	}
}

// atMost notes a number, which must not be above a limit.
func (s *soak) atMost(what string, n, limit int) {
	s.figures.most(what, n)
	if n > limit {
		s.t.Errorf("%d %s, more than %d", n, what, limit)
	}
}

// watchConnections checks that the server never sees more connections than the file allows, until ctx ends. It learns of the end of a
// connection a little later, or not at all where the network has swallowed it: then it is none of the exporter's.
func (s *soak) watchConnections(ctx context.Context) {
	db, err := sql.Open("postgres", s.direct)
	if err != nil {
		s.t.Error(err)
		return
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	var tooMany time.Time // Since when there are.
	for ticker := time.NewTicker(100 * time.Millisecond); ctx.Err() == nil; <-ticker.C {
		const count = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'kpi_exporter' AND backend_start > to_timestamp($1)"
		var n int
		ask, cancel := context.WithTimeout(ctx, 5*time.Second)
		err := db.QueryRowContext(ask, count, seconds(time.UnixMicro(s.swallowed.Load()))).Scan(&n)
		cancel()
		if err != nil || n <= soakConnections {
			tooMany = time.Time{}
			if err == nil {
				s.figures.most("connections", n)
			}
			continue
		}
		s.figures.most("connections, some of them about to end", n)
		if tooMany.IsZero() {
			tooMany = time.Now()
		} else if time.Since(tooMany) > soakReopened {
			s.t.Errorf("%d connections, more than %d", n, soakConnections)
			return
		}
	}
}
