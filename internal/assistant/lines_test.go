package assistant

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/kpi-exporter/kpi_exporter/internal/secret"
)

// A line that is not a message is answered and ends nothing.
func TestLinesThatAreNotMessages(t *testing.T) {
	u, err := ParseAddress("http://127.0.0.1:1")
	if err != nil {
		t.Fatal(err)
	}
	exporter := NewExporter(u, http.DefaultClient, &secret.Set{})
	ping := `{"jsonrpc":"2.0","id":7,"method":"ping"}`
	for name, test := range map[string]struct {
		line string
		code int // The code of the error; 0 without an answer.
	}{
		"cut off":          {`{"jsonrpc":"2.0","id":1,`, -32700},
		"text":             {"hello", -32700},
		"two messages":     {ping + " " + ping, -32700},
		"too long":         {`{"jsonrpc":"2.0","id":1,"method":"` + strings.Repeat("x", 2<<20) + `"}`, -32700},
		"an object":        {`{"method":"ping"}`, -32600},
		"a number":         {"5", -32600},
		"a batch":          {"[" + ping + "]", -32600},
		"an id of objects": {`{"jsonrpc":"2.0","id":{},"method":"ping"}`, -32600},
		"empty":            {" \t\r", 0},
	} {
		t.Run(name, func(t *testing.T) {
			in, client := io.Pipe()
			server, out := io.Pipe()
			ended := make(chan error)
			go func() { ended <- Serve(t.Context(), exporter, "1", in, out) }()
			go func() { _, _ = io.WriteString(client, test.line+"\n"+ping+"\n") }()
			answers := bufio.NewReader(server)
			next := func() (answer struct {
				ID     *int
				Error  *struct{ Code int }
				Result map[string]any
			},
			) {
				t.Helper()
				line, err := answers.ReadBytes('\n')
				if err != nil {
					t.Fatal(err)
				}
				if err := json.Unmarshal(line, &answer); err != nil {
					t.Fatalf("%v: %s", err, line)
				}
				return answer
			}
			if test.code != 0 {
				if a := next(); a.ID != nil || a.Error == nil || a.Error.Code != test.code {
					t.Errorf("answer %+v, want the error %d", a, test.code)
				}
			}
			if a := next(); a.ID == nil || *a.ID != 7 || a.Result == nil {
				t.Errorf("the ping after it is answered with %+v", a)
			}
			_ = client.Close()
			go func() { _, _ = io.Copy(io.Discard, answers) }()
			if err := <-ended; err != nil {
				t.Error(err)
			}
		})
	}
}

// What cannot be the name of a KPI is not asked for.
func TestNames(t *testing.T) {
	u, err := ParseAddress("http://127.0.0.1:1")
	if err != nil {
		t.Fatal(err)
	}
	exporter := NewExporter(u, http.DefaultClient, &secret.Set{})
	for _, name := range []string{"", ".", "..", "a/b", "../report", "a b", "%2e", "é"} {
		if _, err := exporter.kpi(t.Context(), kpiInput{KPI: name}); err == nil || !strings.Contains(err.Error(), "is not the name of a KPI") {
			t.Errorf("%q: %v", name, err)
		}
	}
	if _, err := exporter.kpi(t.Context(), kpiInput{KPI: "weekly_sales"}); err == nil || !strings.Contains(err.Error(), "cannot be reached") {
		t.Errorf("a name: %v", err)
	}
}

// A filter that no KPI matches may be misspelt.
func TestNoMatch(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "[]") }))
	defer server.Close()
	u, err := ParseAddress(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	for filter, want := range map[listInput]bool{{}: false, {Level: "boss"}: true} {
		doc, err := NewExporter(u, server.Client(), &secret.Set{}).list(t.Context(), filter)
		if _, ok := doc["reason"]; err != nil || ok != want {
			t.Errorf("%+v: %v, %v", filter, doc, err)
		}
	}
}

// Where nothing is known of the past, the tools say why.
func TestNoPast(t *testing.T) {
	for why, want := range map[string]string{"history_off": "history: 0", "not_read": "ask again", "no_past": "the same number", "failed": "could not be evaluated", "not_kept": "no earlier period"} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, `{"kpi":"k","why":[],"why_reason":"`+why+`","history":[],"history_reason":"`+why+`"}`)
		}))
		t.Cleanup(server.Close)
		u, err := ParseAddress(server.URL)
		if err != nil {
			t.Fatal(err)
		}
		exporter := NewExporter(u, server.Client(), &secret.Set{})
		change, err := exporter.change(t.Context(), changeInput{KPI: "k"})
		if reason, _ := change["reason"].(string); err != nil || change["change"] != nil || !strings.Contains(reason, want) {
			t.Errorf("%s: %v, %v", why, change, err)
		}
		history, err := exporter.history(t.Context(), historyInput{KPI: "k"})
		if reason, _ := history["reason"].(string); err != nil || !strings.Contains(reason, want) {
			t.Errorf("%s: %v, %v", why, history, err)
		}
	}
}
