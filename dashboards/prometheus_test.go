package dashboards

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/grafanatest"
)

// prometheus is a real server with the history of demoSeries.
type prometheus struct {
	url string
	now time.Time
}

const historyDays = 36

// startPrometheus backfills a server and starts it. It ends with the test.
func startPrometheus(t *testing.T) prometheus {
	t.Helper()
	dir := t.TempDir()
	now := time.Now().Truncate(time.Minute)
	exposition := filepath.Join(dir, "history.om")
	if err := os.WriteFile(exposition, history(now), 0o600); err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(dir, "data")
	// A block for two hours is what an empty server would write; a month at once is three hundred times faster.
	run(t, "promtool", "tsdb", "create-blocks-from", "--max-block-duration=768h", "openmetrics", exposition, data)

	return prometheus{url: grafanatest.StartPrometheus(t, data, 30*time.Minute), now: now}
}

func run(t *testing.T, name string, args ...string) {
	t.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
}

// sample is one series of an answer with its last value.
type sample struct {
	Metric map[string]string `json:"metric"`
	Value  [2]any            `json:"value"`
	Values [][2]any          `json:"values"`
}

func (p prometheus) instant(t *testing.T, expr string) []sample {
	t.Helper()
	return p.get(t, "/api/v1/query", url.Values{"query": {expr}, "time": {fmt.Sprint(p.now.Unix())}})
}

func (p prometheus) overRange(t *testing.T, expr string) []sample {
	t.Helper()
	return p.get(t, "/api/v1/query_range", url.Values{
		"query": {expr}, "step": {"3600"},
		"start": {fmt.Sprint(p.now.AddDate(0, 0, -historyDays).Unix())}, "end": {fmt.Sprint(p.now.Unix())},
	})
}

func (p prometheus) get(t *testing.T, path string, values url.Values) []sample {
	t.Helper()
	body, err := p.post(t, path, values)
	if err != nil {
		t.Fatalf("%v\n%s\n%s", err, body, values.Get("query"))
	}
	var answer struct {
		Data struct{ Result []sample }
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	return answer.Data.Result
}

// post returns what the server answers, also when that is an error.
func (p prometheus) post(t *testing.T, path string, values url.Values) ([]byte, error) {
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.url+path, strings.NewReader(values.Encode()))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = errors.New(response.Status)
	}
	return body, err
}
