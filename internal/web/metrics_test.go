package web

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
)

const (
	acceptText        = "text/plain;version=0.0.4"
	acceptOpenMetrics = "application/openmetrics-text;version=1.0.0"
	acceptProtobuf    = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited"
	// What Prometheus 3 sends, without and with native histograms.
	acceptPrometheus = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6," +
		"application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4," +
		"text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
	acceptPrometheusProto = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.7," +
		acceptPrometheus
)

func scrape(h http.Handler, method, accept, acceptEncoding string) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(context.Background(), method, "/metrics", http.NoBody)
	if accept != "" {
		r.Header.Set("Accept", accept)
	}
	if acceptEncoding != "" {
		r.Header.Set("Accept-Encoding", acceptEncoding)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// text reads a response and takes it out of its compression, which has to be one gzip member with nothing behind it.
func text(w *httptest.ResponseRecorder) (string, error) {
	if w.Header().Get("Content-Encoding") == "" {
		return w.Body.String(), nil
	}
	rest := bytes.NewReader(w.Body.Bytes())
	z, err := gzip.NewReader(rest)
	if err != nil {
		return "", err
	}
	z.Multistream(false)
	plain, err := io.ReadAll(z) // Checks the sum and the length, too.
	if err == nil && rest.Len() != 0 {
		err = fmt.Errorf("%d bytes follow the gzip member", rest.Len())
	}
	return string(plain), err
}

func mustText(t *testing.T, w *httptest.ResponseRecorder) string {
	t.Helper()
	if w.Code != http.StatusOK {
		t.Fatalf("status %d", w.Code)
	}
	s, err := text(w)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestPageIsWhatPromhttpSends(t *testing.T) {
	formats := []struct{ name, accept, contentType string }{
		{"no Accept", "", "text/plain"},
		{"anything", "*/*", "text/plain"},
		{"a browser", "text/html,application/xhtml+xml,*/*;q=0.8", "text/plain"},
		{"an unknown type", "application/json", "text/plain"},
		{"nonsense", ";;;q=,,", "text/plain"},
		{"text", acceptText, "text/plain"},
		{"text with names escaped", acceptText + ";escaping=dots", "text/plain"},
		{"OpenMetrics", acceptOpenMetrics, "application/openmetrics-text"},
		{"protobuf", acceptProtobuf, "application/vnd.google.protobuf"},
		{"Prometheus", acceptPrometheus, "application/openmetrics-text"},
		{"Prometheus with protobuf", acceptPrometheusProto, "application/vnd.google.protobuf"},
	}
	compressions := []struct{ name, accept, encoding string }{
		{"none asked", "", ""},
		{"gzip", "gzip", "gzip"},
		{"a browser's", "gzip, deflate, br, zstd", "gzip"},
		{"anything", "*", ""},
		{"identity preferred", "gzip;q=0.5, identity;q=0.9", ""},
		{"gzip preferred", "identity;q=0.1, gzip;q=0.2", "gzip"},
		{"gzip refused", "gzip;q=0", ""},
		{"all refused", "*;q=0", ""},
		{"unknown", "br", ""},
	}
	s := newSource()
	p := s.page()
	// All names of the first sort before those of the second, so the bytes are the same, too.
	want := promhttp.HandlerFor(prometheus.Gatherers{s.kpis.Gatherer, s.own.Gatherer}, promhttp.HandlerOpts{EnableOpenMetrics: true})

	for _, f := range formats {
		for _, c := range compressions {
			t.Run(f.name+"/"+c.name, func(t *testing.T) {
				for _, when := range []string{"first", "after a refresh", "after a change"} {
					switch when {
					case "after a refresh":
						s.runs.Inc()
						p.Refresh()
					case "after a change":
						s.publish(s.version.Load() + 1)
						p.Refresh()
					}
					w := scrape(want, http.MethodGet, f.accept, c.accept)
					g := scrape(p, http.MethodGet, f.accept, c.accept)
					header := g.Header()
					if !strings.HasPrefix(header.Get("Content-Type"), f.contentType) || header.Get("Content-Encoding") != c.encoding {
						t.Errorf("%s: Content-Type %q and Content-Encoding %q", when, header["Content-Type"], header["Content-Encoding"])
					}
					if length := strconv.Itoa(g.Body.Len()); header.Get("Content-Length") != length {
						t.Errorf("%s: Content-Length %q of %s bytes", when, header["Content-Length"], length)
					}
					header.Del("Content-Length") // Promhttp does not know it.
					if diff := cmp.Diff(w.Header(), header); diff != "" {
						t.Errorf("%s: header (-promhttp +page):\n%s", when, diff)
					}
					if diff := cmp.Diff(mustText(t, w), mustText(t, g)); diff != "" {
						t.Errorf("%s: body (-promhttp +page):\n%s", when, diff)
					}
				}
			})
		}
	}
}

func TestPageHasEveryFamilyOnce(t *testing.T) {
	s := newSource()
	own := prometheus.NewRegistry() // With names that sort before and after the KPIs'.
	own.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), s.runs)
	s.own.Gatherer = own
	families, err := prometheus.Gatherers{s.kpis.Gatherer, own}.Gather()
	if err != nil {
		t.Fatal(err)
	}
	want := make(map[string]int)
	for _, f := range families {
		want[f.GetName()] = 1
	}
	p := s.page()
	for _, accept := range []string{acceptText, acceptProtobuf} {
		for _, compression := range []string{"", "gzip"} {
			r := scrape(p, http.MethodGet, accept, compression)
			decoder := expfmt.NewDecoder(strings.NewReader(mustText(t, r)), expfmt.ResponseFormat(r.Header()))
			got := make(map[string]int)
			for {
				var f dto.MetricFamily
				err := decoder.Decode(&f)
				if errors.Is(err, io.EOF) {
					break
				}
				if err != nil {
					t.Fatal(err)
				}
				got[f.GetName()]++
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s %s: families (-want +got):\n%s", accept, compression, diff)
			}
		}
	}
}

func TestPageEndsOpenMetricsOnce(t *testing.T) {
	s := newSource()
	empty := newSource()
	empty.own.Gatherer = prometheus.NewRegistry()
	nothing := newSource()
	nothing.kpis.Gatherer, nothing.own.Gatherer = prometheus.NewRegistry(), prometheus.NewRegistry()
	for name, p := range map[string]*Page{"both": s.page(), "KPIs only": empty.page(), "nothing": nothing.page()} {
		for _, compression := range []string{"", "gzip"} {
			for range 3 {
				got := mustText(t, scrape(p, http.MethodGet, acceptOpenMetrics, compression))
				if strings.Count(got, "# EOF") != 1 || !strings.HasSuffix(got, "# EOF\n") {
					t.Errorf("%s, compression %q: # EOF is not there once, at the end:\n%s", name, compression, got)
				}
				p.Refresh()
			}
		}
	}
}

func TestPageMethods(t *testing.T) {
	p := newSource().page()
	get, head := scrape(p, http.MethodGet, "", "gzip"), scrape(p, http.MethodHead, "", "gzip")
	if diff := cmp.Diff(get.Header(), head.Header()); head.Code != http.StatusOK || diff != "" {
		t.Errorf("HEAD: status %d, header (-GET +HEAD):\n%s", head.Code, diff)
	}
	if n := head.Body.Len(); n != 0 {
		t.Errorf("HEAD: %d bytes of body", n)
	}
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodOptions} {
		r := scrape(p, method, "", "")
		if r.Code != http.StatusMethodNotAllowed || r.Header().Get("Allow") != "GET, HEAD" {
			t.Errorf("%s: status %d, Allow %q", method, r.Code, r.Header().Get("Allow"))
		}
	}
}

// TestGathersWhenAsked counts what a page gathers: nothing while nobody asks, the KPIs once for each change that somebody asks after, and
// the exporter's own metrics once a second at most.
func TestGathersWhenAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSource()
		p := s.page()
		see := func(version uint64, kpis, own int64) {
			t.Helper()
			for _, compression := range []string{"", "gzip"} {
				if got := mustText(t, scrape(p, http.MethodGet, "", compression)); !strings.Contains(got, revision(version)) {
					t.Errorf("compression %q: no version %d in:\n%s", compression, version, got)
				}
			}
			if k, o := s.kpis.gathers.Load(), s.own.gathers.Load(); k != kpis || o != own {
				t.Errorf("gathered KPIs %d and own metrics %d times, want %d and %d", k, o, kpis, own)
			}
		}
		see(0, 1, 1)
		for v := range uint64(900) { // Many changes within the second.
			s.publish(v + 1)
		}
		see(900, 2, 1)
		time.Sleep(gatherEvery)
		see(900, 2, 2)
		s.value.Set(7) // Without a new version nobody looks.
		time.Sleep(time.Hour)
		see(900, 2, 3)
		p.Refresh()
		see(900, 2, 4)
	})
}

func TestSlowGathererBlocksNoRequest(t *testing.T) {
	s := newSource()
	p := s.page()
	mustText(t, scrape(p, http.MethodGet, acceptText, ""))
	p.own.latest.Load().at = time.Now().Add(-gatherEvery)
	gathering, release := make(chan struct{}), make(chan struct{})
	own := s.own.Gatherer
	s.own.Gatherer = gathererFunc(func() ([]*dto.MetricFamily, error) {
		close(gathering)
		<-release
		return own.Gather()
	})
	s.publish(1)
	var requests sync.WaitGroup
	requests.Go(func() { scrape(p, http.MethodGet, acceptText, "") })
	<-gathering
	for _, accept := range []string{acceptText, acceptProtobuf} {
		mustText(t, scrape(p, http.MethodGet, accept, ""))
	}
	close(release)
	requests.Wait()
	if got := mustText(t, scrape(p, http.MethodGet, acceptText, "")); !strings.Contains(got, revision(1)) {
		t.Errorf("the change is not on the page:\n%s", got)
	}
}

func TestPageServesWhatIsGood(t *testing.T) {
	s := newSource()
	own := s.own.Gatherer
	var failure error
	s.own.Gatherer = gathererFunc(func() ([]*dto.MetricFamily, error) {
		families, _ := own.Gather()
		return families, failure
	})
	p := s.page()
	steps := []struct {
		name    string
		failure error
		logged  int // Lines in all.
	}{
		{"fine", nil, 0},
		{"a bad metric", errors.New("kpi_value: bad label"), 1},
		{"the same again", errors.New("kpi_value: bad label"), 1},
		{"another", errors.New("kpi_target: bad label"), 2},
		{"fine again", nil, 2},
		{"the first again", errors.New("kpi_value: bad label"), 3},
	}
	for i, step := range steps {
		failure = step.failure
		s.publish(uint64(i) + 1)
		p.Refresh()
		for _, compression := range []string{"", "gzip"} {
			got := mustText(t, scrape(p, http.MethodGet, "", compression))
			if !strings.Contains(got, revision(uint64(i)+1)) || !strings.Contains(got, "process_runs_total") {
				t.Errorf("%s: good metrics are missing:\n%s", step.name, got)
			}
		}
		if n := strings.Count(s.log.String(), "\n"); n != step.logged {
			t.Errorf("%s: %d log lines, want %d:\n%s", step.name, n, step.logged, &s.log)
		}
	}
}

func TestPageLeavesOutWhatCannotBeEncoded(t *testing.T) {
	s := newSource()
	kpis := s.kpis.Gatherer
	s.kpis.Gatherer = gathererFunc(func() ([]*dto.MetricFamily, error) {
		families, err := kpis.Gather()
		broken := &dto.MetricFamily{
			Name: new("kpi_broken"), Help: new("No gauge has a counter."),
			Type: dto.MetricType_GAUGE.Enum(), Metric: []*dto.Metric{{Counter: &dto.Counter{Value: new(1.0)}}},
		}
		return append([]*dto.MetricFamily{broken}, families...), err
	})
	p := s.page()
	for range 3 {
		for _, accept := range []string{acceptText, acceptOpenMetrics} {
			got := mustText(t, scrape(p, http.MethodGet, accept, ""))
			if strings.Contains(got, "kpi_broken") || !strings.Contains(got, "kpi_value{") {
				t.Errorf("%s: want all but kpi_broken:\n%s", accept, got)
			}
		}
		p.Refresh()
	}
	if n := strings.Count(s.log.String(), "\n"); n != 2 {
		t.Errorf("%d log lines, want one for each format:\n%s", n, &s.log)
	}
}

func TestPageOverHTTP(t *testing.T) {
	s := newSource()
	p := s.page()
	server := httptest.NewServer(p)
	defer server.Close()
	for i := range uint64(3) {
		s.publish(i)
		p.Refresh()
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		r, err := server.Client().Do(request) // Asks for gzip and unpacks it.
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(r.Body)
		_ = r.Body.Close()
		if err != nil || !r.Uncompressed || !strings.Contains(string(got), revision(i)) {
			t.Errorf("error %v, compressed on the way %v, body:\n%s", err, r.Uncompressed, got)
		}
	}
}
