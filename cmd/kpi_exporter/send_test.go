package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/kpi-exporter/kpi_exporter/internal/mailtest"
)

// sendFile is a KPI file whose report goes to owners of every kind.
const sendFile = `product: Shop
databases: {app: {url: "sqlite://app.db"}}
grafana_url: https://grafana.example.com
mail: {from: KPIs <kpi@shop.example>, url_file: smtp-url}
slack: {token_file: token, api_url: "SLACK"}
reports:
  weekly: {to: [growth, finance, sales, ops]}
  monthly: {period: month, to: [growth]}
owners:
  growth: {email: growth@shop.example}
  finance: {email: "finance@shop.example", slack: "#finance"}
  sales: {slack: "#sales"}
  ops: {email: ops@shop.example}
kpis:
  orders: {title: Orders, period: month, query: SELECT 3 AS value, target: {at_least: 5}}
`

// channelServer is Slack as these tests need it: it keeps what is posted, and refuses what is for #finance.
func channelServer(t *testing.T) (url string, posted func() []map[string]any) {
	t.Helper()
	var (
		mutex sync.Mutex
		all   []map[string]any
	)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var p map[string]any
		if err := json.NewDecoder(r.Body).Decode(&p); err != nil || r.Header.Get("Authorization") != "Bearer xoxb-canary" {
			t.Errorf("%v %v", err, r.Header)
		}
		if p["channel"] == "#finance" {
			_, _ = io.WriteString(w, `{"ok":false,"error":"not_in_channel"}`)
			return
		}
		mutex.Lock()
		defer mutex.Unlock()
		all = append(all, p)
		_, _ = io.WriteString(w, `{"ok":true}`)
	}))
	t.Cleanup(s.Close)
	return s.URL, func() []map[string]any { mutex.Lock(); defer mutex.Unlock(); return all }
}

// writeSendFile writes a KPI file and the secrets that it names.
func writeSendFile(t *testing.T, slack, mail string) (file string) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"kpi.yaml": strings.ReplaceAll(sendFile, "SLACK", slack), "smtp-url": mail, "token": "xoxb-canary\n", "app.db": ""} {
		if text == "" && name != "app.db" {
			continue
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "kpi.yaml")
}

func sendReport(ctx context.Context, file string, args ...string) (code int, stdout, stderr string) {
	var out, complaints bytes.Buffer
	code = run(ctx, append([]string{"report", "--config.file", file, "--as-of", "2026-05-05"}, args...), nil, &out, &complaints)
	return code, out.String(), complaints.String()
}

// Every owner gets the report by each channel, in a line each; one who cannot be reached keeps it from nobody else.
func TestReportSend(t *testing.T) {
	t.Parallel()
	url, posted := channelServer(t)
	server := mailtest.New(t, mailtest.Options{NoTLS: true, Recipient: map[string]string{"growth@shop.example": "550 5.1.1 unknown"}})
	file := writeSendFile(t, url, "smtp://"+server.Addr+"?tls=off\n")
	code, stdout, stderr := sendReport(t.Context(), file, "--send", "weekly")
	if code != exitProblem {
		t.Errorf("exit %d", code)
	}
	if want := "sent mail to finance (finance@shop.example)\nsent Slack message to sales (#sales)\nsent mail to ops (ops@shop.example)\n"; stdout != want {
		t.Errorf("stdout:\n%s", stdout)
	}
	if want := "kpi_exporter: mail to growth (growth@shop.example): server " + server.Addr + `: sending SMTP RCPT TO command: 550 "5.1.1 unknown"` +
		"\nkpi_exporter: Slack message to finance (#finance): it refuses the message: not_in_channel; invite the bot to the channel\n"; stderr != want {
		t.Errorf("stderr:\n%s", stderr)
	}
	mails := server.Mails()
	if len(mails) != 2 || mails[0].To[0] != "finance@shop.example" || !strings.Contains(mails[0].Data, "Subject: Shop: 1 off target; no KPI went off target or came back") {
		t.Errorf("mails %v", mails)
	}
	if all := posted(); len(all) != 1 || all[0]["channel"] != "#sales" || !strings.Contains(fmt.Sprint(all[0]["blocks"]), "kpi-detail?var-kpi=orders|Orders>*") {
		t.Errorf("posts %v", all)
	}

	// No memory: a second run sends again, and where all goes well the exit code says so.
	server.Recipient = nil
	if code, stdout, stderr := sendReport(t.Context(), file, "--send", "monthly"); code != exitOK || stdout != "sent mail to growth (growth@shop.example)\n" || stderr != "" {
		t.Errorf("exit %d:\n%s%s", code, stdout, stderr)
	}
}

// What --dry-run prints is what is sent, but for what tells two mails apart; it needs no secret and no server.
func TestReportSendDryRun(t *testing.T) {
	t.Parallel()
	url, posted := channelServer(t)
	server := mailtest.New(t, mailtest.Options{NoTLS: true})
	file := writeSendFile(t, url, "")
	if err := os.Remove(filepath.Join(filepath.Dir(file), "token")); err != nil {
		t.Fatal(err)
	}
	code, printed, stderr := sendReport(t.Context(), file, "--send", "weekly", "--dry-run")
	if code != exitOK || stderr != "" || len(server.Mails())+len(posted()) > 0 {
		t.Fatalf("exit %d, %d mails, %d posts:\n%s", code, len(server.Mails()), len(posted()), stderr)
	}
	if code, _, stderr := sendReport(t.Context(), file, "--send", "monthly"); code != exitProblem || !strings.Contains(stderr, "mail to growth (growth@shop.example): mail: url_file: cannot open the file: ") {
		t.Errorf("exit %d: %s", code, stderr)
	}
	for name, text := range map[string]string{"smtp-url": "smtp://" + server.Addr + "?tls=off", "token": "xoxb-canary"} {
		writeText(t, filepath.Join(filepath.Dir(file), name), text)
	}
	if code, _, stderr := sendReport(t.Context(), file, "--send", "weekly"); code != exitProblem || strings.Count(stderr, "\n") != 1 {
		t.Errorf("exit %d: %s", code, stderr)
	}
	mails := 0
	for part := range strings.SplitSeq(printed, "==> ") {
		heading, body, _ := strings.Cut(part, " <==\n")
		switch {
		case strings.HasPrefix(heading, "mail to "):
			sent := server.Mails()[mails]
			if !strings.Contains(heading, "("+sent.To[0]+")") || withoutNames(body) != withoutNames(strings.ReplaceAll(sent.Data, "\r\n", "\n")) {
				t.Errorf("%s: printed\n%s\nsent\n%s", heading, body, sent.Data)
			}
			mails++
		case strings.HasPrefix(heading, "Slack message to sales"):
			var shown map[string]any
			if err := json.Unmarshal([]byte(body), &shown); err != nil || fmt.Sprint(shown) != fmt.Sprint(posted()[0]) {
				t.Errorf("%v: printed\n%s\nsent\n%v", err, body, posted())
			}
		}
	}
	if mails != 3 {
		t.Errorf("%d mails in\n%s", mails, printed)
	}
}

// withoutNames removes what tells a mail from another one with the same content.
func withoutNames(mail string) string {
	mail = strings.ReplaceAll(mail, "\r\n", "\n")
	for _, name := range []string{`(?m)^Message-ID: .*$`, `(?m)^Date: .*$`, `(?m)boundary=[0-9a-f]{40,}`, `(?m)^--[0-9a-f]{40,}(--)?$`} {
		mail = regexp.MustCompile(name).ReplaceAllString(mail, "")
	}
	return strings.TrimSpace(mail)
}

// A command that is interrupted sends nothing more, and says what it has not sent.
func TestReportSendInterrupted(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.ReadAll(r.Body)
		cancel()
		<-r.Context().Done()
	}))
	defer s.Close()
	server := mailtest.New(t, mailtest.Options{NoTLS: true})
	code, stdout, stderr := sendReport(ctx, writeSendFile(t, s.URL, "smtp://"+server.Addr+"?tls=off"), "--send", "weekly")
	if code != exitProblem || stdout != "sent mail to growth (growth@shop.example)\nsent mail to finance (finance@shop.example)\n" {
		t.Errorf("exit %d: %s", code, stdout)
	}
	for _, want := range []string{
		"Slack message to finance (#finance): server " + strings.TrimPrefix(s.URL, "http://") + ": context canceled\n", "Slack message to sales (#sales): not sent, because the command was interrupted\n",
		"mail to ops (ops@shop.example): not sent, because the command was interrupted\n",
	} {
		if !strings.Contains(stderr, want) {
			t.Errorf("stderr lacks %q:\n%s", want, stderr)
		}
	}
}
