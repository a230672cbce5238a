package delivery

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/kpi-exporter/kpi_exporter/internal/mailurl"
	"github.com/kpi-exporter/kpi_exporter/internal/secret"
)

// TestShortSecrets has passwords and tokens occur in what is said about a server that refuses the connection, and in what Slack answers.
func TestShortSecrets(t *testing.T) {
	for _, short := range []string{"con", "p", "27"} {
		server, err := mailurl.Parse("smtp://u:" + short + "@127.0.0.1:1")
		if err != nil {
			t.Fatal(err)
		}
		m, p := aMail(), NewPost("#growth", "Headline", nil)
		const want = "server 127.0.0.1:1: " + secret.Withheld
		if err := (&Mailer{Server: server}).Send(t.Context(), &m); err == nil || err.Error() != want {
			t.Errorf("mail, %s: %v", short, err)
		}
		if err := (&Slack{API: "http://127.0.0.1:1", Token: short}).Send(t.Context(), &p); err == nil || err.Error() != want {
			t.Errorf("Slack, %s: %v", short, err)
		}
	}
	s := slackWith(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"ok":false,"error":"invalid_auth"}`)
	})
	s.Token = "aut"
	p := NewPost("#growth", "Headline", nil)
	if err := s.Send(t.Context(), &p); err == nil || !strings.HasPrefix(err.Error(), "it refuses the message: "+secret.Withheld+"; see token_file") {
		t.Error(err)
	}
}
