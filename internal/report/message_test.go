package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"unicode/utf8"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
)

// Every kind of sentence as a mail and as a message for Slack, and the same bytes each time.
func TestMessages(t *testing.T) {
	file := writeEveryKind(t)
	for range 2 {
		r := reportOf(t, file, asOf, period.Week)
		m, err := r.Mail()
		if err != nil {
			t.Fatal(err)
		}
		if want := "Acme & <Sons>: 4 off target, 1 at risk, 4 on target, 7 unknown, 6 without a target; Margin went off target; Activation is on target again"; m.Subject != want {
			t.Errorf("subject %q", m.Subject)
		}
		golden(t, "mail.html", []byte(m.HTML))
		golden(t, "mail.txt", []byte(m.Text))
		var text bytes.Buffer
		e := json.NewEncoder(&text)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		if err := e.Encode(r.Slack()); err != nil {
			t.Fatal(err)
		}
		golden(t, "slack.json", text.Bytes())
	}
}

// many returns a report of n KPIs, all of which are off target, and of a due decision about each. Their texts are repeated to be long.
func many(t *testing.T, r Report, n, long int) Report {
	t.Helper()
	first, decided := r.Off[0], r.Decisions[0]
	r.Decisions = nil
	for _, list := range []*[]Entry{&r.Changed, &r.Off, &r.Pace, &r.Unusual, &r.Moves, &r.All, &r.Reviews, &r.Targets, &r.Stale, &r.Failed} {
		*list = nil
	}
	for i := range n {
		e := first
		k := *e.KPI
		k.Name, k.Title, k.Owner = fmt.Sprintf("kpi_%d", i), strings.Repeat(fmt.Sprintf("Größe & <Menge> Nr. %d; ", i), long), strings.Repeat("<Wir> ", long)
		e.KPI, e.Sentence, e.Why = &k, strings.Repeat(k.Title+" is off target. ", long), strings.Repeat("+1 against <last> week… ", long)
		e.Link = "https://grafana.example.com/d/kpi-detail?var-kpi=" + k.Name
		d := *decided.Decision
		d.Text, d.Owner = strings.Repeat("Größe & <Preis>; ", long), k.Owner
		r.Decisions = append(r.Decisions, Decided{Entry: e, Decision: &d, Effect: decided.Effect, Others: []*config.Decision{&d, &d}})
		r.Off, r.All, r.Targets = append(r.Off, e), append(r.All, e), append(r.Targets, e)
	}
	r.Link = "https://grafana.example.com/d/kpi-overview"
	r.Counts = Counts{Off: n}
	return r
}

// Whatever there is to say, mail programs do not cut the mail and Slack takes the message; what has no place is counted.
func TestMessagesFit(t *testing.T) {
	base := reportOf(t, writeEveryKind(t), asOf, period.Week)
	for _, n := range []int{0, 5, 44, 500} {
		for _, long := range []int{1, 20} {
			t.Run(fmt.Sprintf("%d off, texts %d times as long", n, long), func(t *testing.T) {
				r := many(t, base, n, long)
				m, err := r.Mail()
				if err != nil {
					t.Fatal(err)
				}
				if size := encodedLength(m.HTML) + encodedLength(m.Text); size > maxMail {
					t.Errorf("%d bytes", size)
				}
				if utf8.RuneCountInString(m.Subject) > maxSubject {
					t.Errorf("subject %q", m.Subject)
				}
				rows := strings.Count(m.HTML, `<th class="r" scope="row"`)
				left := fmt.Sprintf("%d more rows are in the attached page.", n-rows)
				if rows < min(n, 10) || rows < n && (!strings.Contains(m.HTML, left) || !strings.Contains(m.Text, left)) {
					t.Errorf("%d rows", rows)
				}
				if n > mostAbove && !strings.Contains(m.HTML, fmt.Sprintf("And %d more: ", n-mostAbove)) {
					t.Error("the rest is not counted")
				}
				left = fmt.Sprintf("And %d more in the attached page.", n-maxNames)
				if got := strings.Contains(m.HTML, left) && strings.Contains(m.Text, left); got != (n > maxNames) {
					t.Errorf("the decisions without a place are counted: %t", got)
				}
				checkSlack(t, r.Slack(), n)
			})
		}
	}
}

// checkSlack checks the limits that Slack documents or keeps.
func checkSlack(t *testing.T, m SlackMessage, n int) {
	t.Helper()
	all := 0
	if len(m.Blocks) > 50 {
		t.Errorf("%d blocks", len(m.Blocks))
	}
	entries := 0
	for _, b := range m.Blocks {
		texts := b.Elements
		if b.Text != nil {
			texts = append(texts, *b.Text)
		}
		for _, text := range texts {
			if size := slackLength(text.Text); size == 0 || size > 3000 || b.Type == "header" && size > 150 {
				t.Errorf("%s of %d characters", b.Type, size)
			} else {
				all += size
			}
			if strings.HasPrefix(text.Text, "■ *<https://grafana.example.com/d/kpi-detail?var-kpi=kpi_") {
				entries++
			}
		}
	}
	if all > 13_000 {
		t.Errorf("%d characters", all)
	}
	if entries != min(n, mostAbove) {
		t.Errorf("%d KPIs are described", entries)
	}
	if last := m.Blocks[len(m.Blocks)-1]; last.Text.Text != "<https://grafana.example.com/d/kpi-overview|All KPIs>" {
		t.Errorf("the last block is %q", last.Text.Text)
	}
}

// hostile are texts that want to be more than text.
var hostile = []string{
	"<!channel> <!here> <@U0123ABCD> <#C0123ABCD> @channel @here", "<https://evil.example|click>", "https://evil.example/x", "</td></table><script>alert(1)</script>",
	"<img src=https://evil.example/x onerror=alert(1)>", "*bold* _it_ ~gone~ `code` ```block``` :rotating_light:", "&lt;!channel&gt;", "> quote\n> quote", "a\r\nBcc: evil@evil.example",
	"\u202egnirts\u2066", "{{.Report}}", "\u009b31mred\x7f\u202d", "\x00\x07\x1b[31m", "']}; expression(alert(1))",
}

// A title, a label or an owner stays text: nothing is an element, a link, a mention or a header.
func TestMessagesAreInert(t *testing.T) {
	base := reportOf(t, writeEveryKind(t), asOf, period.Week)
	for _, text := range hostile {
		t.Run(text, func(t *testing.T) {
			r := many(t, base, 3, 1)
			r.Product = text
			r.Headline, r.News = text, text
			for _, list := range [][]Entry{r.Off, r.All, r.Targets} {
				for i := range list {
					list[i].KPI.Title, list[i].KPI.Owner, list[i].Sentence, list[i].Why, list[i].text.Labels = text, text, text+" "+text, text, Printable(text)
				}
			}
			for i := range r.Decisions {
				one := &r.Decisions[i]
				one.KPI.Title, one.KPI.Owner, one.Sentence, one.Decision.Text, one.Decision.Owner = text, text, text, text, text
			}
			m, err := r.Mail()
			if err != nil {
				t.Fatal(err)
			}
			message := r.Slack()
			posted, err := json.Marshal(message) // With escapes of JSON for the control characters up to the blank.
			if err != nil {
				t.Fatal(err)
			}
			obeyed := regexp.MustCompile(`[\x00-\x08\x0b-\x1f\x7f-\x{9f}\x{202a}-\x{202e}\x{2066}-\x{2069}]|\\u00[01]`)
			for what, text := range map[string]string{"subject": m.Subject, "text": m.Text, "HTML": m.HTML, "Slack": string(posted)} {
				if at := obeyed.FindStringIndex(text); at != nil {
					t.Errorf("%s: %q", what, text[max(0, at[0]-30):at[1]])
				}
			}
			if strings.Contains(m.Subject, "\n") {
				t.Errorf("subject %q", m.Subject)
			}
			if found := regexp.MustCompile(`(?i)<(script|img|svg|link|iframe|object|form|[^>]+ on[a-z]+=)[^>]*>|\bdata:|href="(https://evil|javascript)`).FindString(m.HTML); found != "" {
				t.Errorf("the mail has %s", found)
			}
			for _, b := range message.Blocks {
				for _, one := range append(b.Elements, deref(b.Text)...) {
					if one.Type == "plain_text" {
						continue
					}
					for _, mark := range regexp.MustCompile(`<[^>]*>`).FindAllString(one.Text, -1) {
						if !strings.HasPrefix(mark, "<https://grafana.example.com/d/kpi-") {
							t.Errorf("Slack reads %s", mark)
						}
					}
					if strings.ContainsAny(strings.ReplaceAll(one.Text, "&gt;", ""), "~`\x00\x1b") || strings.Contains(one.Text, "*bold*") || strings.Contains(one.Text, " _it_ ") || !one.Verbatim {
						t.Errorf("Slack reads %q", one.Text)
					}
				}
			}
			if strings.Contains(message.Text, "<") {
				t.Errorf("Slack reads %q", message.Text)
			}
		})
	}
}

func deref(text *SlackText) []SlackText {
	if text == nil {
		return nil
	}
	return []SlackText{*text}
}

// The mail's template names a colour for each class, and so does its part for the dark.
func TestMailColours(t *testing.T) {
	for name, colour := range mailColours {
		if !regexp.MustCompile(`\.`+name+`[ ,]`).MatchString(mailTemplate) || contrast(t, colour, "#ffffff") < 4.5 || contrast(t, colour, "#f6f7f9") < 4.5 {
			t.Errorf("%s: %s", name, colour)
		}
	}
	for _, dark := range regexp.MustCompile(`\{ color: (#[0-9a-f]{6})`).FindAllStringSubmatch(mailTemplate, -1) {
		if contrast(t, dark[1], "#14181d") < 4.5 || contrast(t, dark[1], "#1d232a") < 4.5 {
			t.Errorf("%s on the dark ground", dark[1])
		}
	}
	if _, err := template.New("mail").Parse(mailTemplate); err != nil {
		t.Error(err)
	}
}

// The mail in a real browser: it asks for nothing, a phone need not scroll sideways, and it is dark where that is preferred.
func TestMailInBrowser(t *testing.T) {
	r := reportOf(t, writeEveryKind(t), asOf, period.Week)
	m, err := r.Mail()
	if err != nil {
		t.Fatal(err)
	}
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		switch request.URL.Path {
		case "/mail":
			_, _ = io.WriteString(w, m.HTML)
		case "/phone":
			_, _ = io.WriteString(w, `<!DOCTYPE html><iframe src="/mail" width="390" height="800" onload="
				const page = this.contentDocument;
				document.title = (page.documentElement.scrollWidth - page.documentElement.clientWidth) + ' over, ' + this.contentWindow.getComputedStyle(page.body).backgroundColor"></iframe>`)
		case "/favicon.ico":
		default:
			asked.Add(1)
		}
	}))
	defer server.Close()
	title := regexp.MustCompile(`<title>(.*)</title>`)
	for scheme, want := range map[string]string{"1": "0 over, rgb(255, 255, 255)", "0": "0 over, rgb(20, 24, 29)"} {
		document, console := browse(t, server.URL+"/phone", "--blink-settings=preferredColorScheme="+scheme)
		if got := title.FindStringSubmatch(document); len(got) != 2 || got[1] != want || console != "" {
			t.Errorf("scheme %s: %v, want %s; the console says %q", scheme, got, want, console)
		}
	}
	if n := asked.Load(); n > 0 {
		t.Errorf("the mail asked %d times for something else", n)
	}
}
