package web

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/expfmt"
)

// TestOnlyWhatHasChangedIsEncoded counts how often each part is encoded.
func TestOnlyWhatHasChangedIsEncoded(t *testing.T) {
	s := newSource()
	p := s.page()
	encoded := func() (times []int64) {
		_, parts := s.Parts()
		for _, part := range parts {
			times = append(times, part.(*gatheredPart).encoded.Load())
		}
		return times
	}
	for i, want := range [][]int64{{1, 1, 1}, {1, 1, 1}, {1, 1, 1}} { // The first is another part each time.
		s.publish(uint64(i))
		for range 3 {
			for _, compression := range []string{"", "gzip"} {
				for _, escaping := range []string{"", ";escaping=dots", ";escaping=allow-utf-8"} {
					if got := mustText(t, scrape(p, http.MethodGet, acceptText+escaping, compression)); !strings.Contains(got, revision(uint64(i))) {
						t.Fatalf("version %d is not in:\n%s", i, got)
					}
				}
			}
		}
		if diff := cmp.Diff(want, encoded()); diff != "" {
			t.Errorf("encoded after %d changes (-want +got):\n%s", i, diff)
		}
	}
}

func TestRequestsShareOneSheet(t *testing.T) {
	s, many := newSource(), prometheus.NewRegistry() // So many that making one overlaps all requests.
	many.MustRegister(newSnapshots())
	s.kpis.Gatherer = many
	p := s.page().presses[expfmt.TypeTextPlain]
	start, sheets := make(chan struct{}), make(chan *sheet, 100)
	var requests sync.WaitGroup
	for range cap(sheets) {
		requests.Go(func() {
			<-start
			sheets <- p.sheet()
		})
	}
	close(start)
	requests.Wait()
	first := <-sheets
	for len(sheets) > 0 {
		if other := <-sheets; other != first {
			t.Fatal("two requests encoded the page twice")
		}
	}
}

func TestPageForgetsWhatNobodyAsksFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSource()
		p := s.page()
		ready := func() (n int) {
			for _, press := range p.presses {
				if press.last.Load() != nil {
					n++
				}
			}
			return n
		}
		scrape(p, http.MethodGet, acceptText, "")
		scrape(p, http.MethodGet, acceptOpenMetrics, "gzip")
		for range 9 {
			time.Sleep(time.Minute)
			scrape(p, http.MethodGet, acceptText, "")
			if n := ready(); n != 2 {
				t.Fatalf("%d formats are kept within ten minutes, want 2", n)
			}
		}
		time.Sleep(time.Minute)
		scrape(p, http.MethodGet, acceptText, "")
		if n := ready(); n != 1 {
			t.Errorf("%d formats are kept after ten minutes, want 1", n)
		}
		s.publish(5)
		got := mustText(t, scrape(p, http.MethodGet, acceptOpenMetrics, "gzip"))
		if !strings.Contains(got, "\nkpi_revision 5.0\n") {
			t.Errorf("a forgotten format came back without the newest version:\n%s", got)
		}
	})
}

func TestPageRemembersLittle(t *testing.T) {
	p := newSource().page()
	for i := range 10 * maxAnswers {
		mustText(t, scrape(p, http.MethodGet, fmt.Sprintf("application/x-%d", i), "gzip"))
	}
	size := func(m *sync.Map) (n int) {
		m.Range(func(any, any) bool { n++; return true })
		return n
	}
	if n := size(&p.answers); n > maxAnswers {
		t.Errorf("%d answers are remembered, want at most %d", n, maxAnswers)
	}
	if n := size(&p.own.latest.Load().texts); n != 1 {
		t.Errorf("%d texts for one format", n)
	}
}

func TestConcurrentScrapers(t *testing.T) {
	s := newSource()
	p := s.page()
	var refreshing, scraping sync.WaitGroup
	done := make(chan struct{})
	refreshing.Go(func() {
		for v := uint64(1); ; v++ {
			select {
			case <-done:
				return
			default:
				s.publish(v)
				p.Refresh()
			}
		}
	})
	for i := range 100 {
		scraping.Go(func() {
			accept, compression := []string{acceptText, acceptOpenMetrics}[i%2], []string{"", "gzip"}[i/2%2]
			last := -1.0
			for range 20 {
				r := scrape(p, http.MethodGet, accept, compression)
				body, err := text(r)
				if err != nil || r.Code != http.StatusOK {
					t.Errorf("status %d, error %v", r.Code, err)
					return
				}
				_, line, _ := strings.Cut(body, "\nkpi_revision ")
				var version float64
				if _, err := fmt.Sscan(line, &version); err != nil || version < last {
					t.Errorf("version %v came after %v (error %v)", version, last, err)
					return
				}
				last = version
			}
		})
	}
	scraping.Wait()
	close(done)
	refreshing.Wait()
}

// A reader that takes nothing, held in Write until it is released.
type slowReader struct {
	*httptest.ResponseRecorder
	writing, release chan struct{}
	once             sync.Once
}

func (w *slowReader) Write(b []byte) (int, error) {
	w.once.Do(func() { close(w.writing) })
	<-w.release
	return w.ResponseRecorder.Write(b)
}

func TestSlowReaderHoldsNothing(t *testing.T) {
	s := newSource()
	p := s.page()
	slow := &slowReader{ResponseRecorder: httptest.NewRecorder(), writing: make(chan struct{}), release: make(chan struct{})}
	var reading sync.WaitGroup
	request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", http.NoBody)
	reading.Go(func() { p.ServeHTTP(slow, request) })
	<-slow.writing
	s.publish(1)
	p.Refresh()
	if got := mustText(t, scrape(p, http.MethodGet, "", "")); !strings.Contains(got, revision(1)) {
		t.Errorf("a request beside a slow reader does not see the new version:\n%s", got)
	}
	close(slow.release)
	reading.Wait()
	if got := mustText(t, slow.ResponseRecorder); !strings.Contains(got, revision(0)) {
		t.Errorf("the slow reader did not get the page as it was:\n%s", got)
	}
}

// TestSlowReadersShareSheets has so many slow readers that each could hold a page of its own.
func TestSlowReadersShareSheets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSource()
		p := s.page()
		release := make(chan struct{})
		read := func() {
			slow := &slowReader{ResponseRecorder: httptest.NewRecorder(), writing: make(chan struct{}), release: release}
			go p.ServeHTTP(slow, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", http.NoBody))
			<-slow.writing
		}
		sheets := map[*sheet]bool{}
		for v := range uint64(1000) {
			s.publish(v)
			read()
			sheets[p.presses[expfmt.TypeTextPlain].last.Load()] = true
		}
		if n := len(sheets); n > manyReaders+1 {
			t.Errorf("1000 slow readers hold %d pages, want at most %d", n, manyReaders+1)
		}
		if got := mustText(t, scrape(p, http.MethodGet, acceptOpenMetrics, "")); !strings.Contains(got, "\nkpi_revision 999.0\n") {
			t.Errorf("whoever asks for another format does not see the last version:\n%s", got)
		}
		time.Sleep(crowdedEvery)
		if got := mustText(t, scrape(p, http.MethodGet, acceptText, "")); !strings.Contains(got, revision(999)) {
			t.Errorf("a second later there is no new version:\n%s", got)
		}
		close(release)
	})
}
