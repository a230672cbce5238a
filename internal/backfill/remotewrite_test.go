package backfill

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// TestSend has a server refuse in every way.
func TestSend(t *testing.T) {
	type answer struct {
		code  int
		body  string
		retry string
	}
	tests := []struct {
		name    string
		answers []answer
		tries   int
		err     string // "" for none.
	}{
		{"taken at once", []answer{{code: 204}}, 1, ""},
		{"busy, then taken", []answer{{code: 429, retry: "0"}, {code: 503}, {code: 500, retry: "soon"}, {code: 200}}, 4, ""},
		{"bad", []answer{{code: 400, body: "label name is empty\nmore\n"}}, 1, "400 Bad Request: label name is empty"},
		{"refused in JSON", []answer{{code: 422, body: `{"status":"error","error":"too many labels"}`}}, 1, "422 Unprocessable Entity: too many labels"},
		{"no credentials", []answer{{code: 401}}, 1, "401 Unauthorized: no reason given"},
		{"too old", []answer{{code: 400, body: "out of bounds"}}, 1, "out_of_order_time_window"},
		{"never", []answer{{code: 503, body: "down for repair"}}, 11, "tried 11 times: "},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			tries := 0
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				user, password, _ := r.BasicAuth()
				if user != "someone" || password != "s3cr3t" {
					t.Errorf("credentials %q, %q", user, password)
				}
				if got := r.Header.Get("X-Prometheus-Remote-Write-Version"); got != "0.1.0" {
					t.Errorf("version %q", got)
				}
				a := test.answers[min(tries, len(test.answers)-1)]
				tries++
				if a.retry != "" {
					w.Header().Set("Retry-After", a.retry)
				}
				w.WriteHeader(a.code)
				_, _ = w.Write([]byte(a.body))
			}))
			defer s.Close()
			p := server(t, strings.Replace(s.URL, "http://", "http://someone:s3cr3t@", 1)+"/api/v1/write?token=t0ken")
			p.patience = time.Microsecond
			err := p.send(t.Context(), []byte("x"))
			if tries != test.tries {
				t.Errorf("%d tries, want %d", tries, test.tries)
			}
			if (err == nil) != (test.err == "") || err != nil && !strings.Contains(err.Error(), test.err) {
				t.Errorf("got %v, want %q", err, test.err)
			}
			keepsSecret(t, err)
		})
	}
}

// TestSecrets asks a server that is not there.
func TestSecrets(t *testing.T) {
	p := server(t, "http://someone:s3cr3t@127.0.0.1:1/write?token=t0ken")
	p.retries = 0
	err := p.send(t.Context(), nil)
	if err == nil || !strings.Contains(err.Error(), "http://127.0.0.1:1/write: ") {
		t.Errorf("got %v", err)
	}
	keepsSecret(t, err)
	_, err = NewPrometheus("someone:s3cr3t@host", nil, nil)
	if err == nil {
		t.Error("an address without http is accepted")
	}
	keepsSecret(t, err)
}

func keepsSecret(t *testing.T, err error) {
	t.Helper()
	for _, word := range []string{"someone", "s3cr3t", "t0ken"} {
		if err != nil && strings.Contains(err.Error(), word) {
			t.Errorf("%q is in %v", word, err)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	p := server(t, "http://host")
	p.timeNow = func() time.Time { return instant(t, "2026-01-01T00:00:00Z") }
	for said, want := range map[string]time.Duration{
		"": 0, "7": 7 * time.Second, "-1": 0, "999999999": 10 * time.Minute,
		"Thu, 01 Jan 2026 00:00:30 GMT": 30 * time.Second, "Wed, 31 Dec 2025 00:00:30 GMT": 0, "soon": 0,
	} {
		if got := p.retryAfter(said); got != want {
			t.Errorf("%q: got %s, want %s", said, got, want)
		}
	}
}
