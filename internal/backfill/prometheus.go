package backfill

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/format"
	"github.com/kpi-exporter/kpi_exporter/internal/promqltext"
	"github.com/kpi-exporter/kpi_exporter/internal/secret"
)

// Prometheus is a server that holds history, or that takes it in. No error of its methods shows a credential.
type Prometheus struct {
	url      *url.URL // Without user and password.
	user     *url.Userinfo
	client   *http.Client
	secrets  *secret.Set // What no answer may show.
	timeNow  func() time.Time
	retries  int           // How often remote write tries again.
	patience time.Duration // How long it waits before it does so first.
	visible  time.Duration // How long it may take until a sample that was sent is shown.

	waiting *notice
}

// NewPrometheus returns the server at an address, which may hold a user and a password. For remote write, it is the whole
// address, of the API that of the server. The secrets are those of the client.
func NewPrometheus(address string, client *http.Client, secrets *secret.Set) (*Prometheus, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, errors.New("the address is not an http:// or https:// URL") // It is not shown: it may hold a password.
	}
	p := &Prometheus{
		url: u, user: u.User, client: client, secrets: secrets,
		timeNow: time.Now, retries: 10, patience: 500 * time.Millisecond, visible: time.Minute, waiting: &notice{},
	}
	u.User = nil
	return p, nil
}

// OnWait has say called, from any goroutine, when the server lets a request wait: at most once a minute.
func (p *Prometheus) OnWait(say func(text string)) { p.waiting.say = say }

// notice says now and then that something is waited for.
type notice struct {
	say func(text string) // May be nil.

	mu   sync.Mutex
	last time.Time
}

// waitUnsaid is how long a request may wait before that is said.
const waitUnsaid = 10 * time.Second

// about says in a while that an answer is waited for, unless stop is called before.
func (n *notice) about(server string) (stop func() bool) {
	return time.AfterFunc(waitUnsaid, func() {
		n.mu.Lock()
		defer n.mu.Unlock()
		if now := time.Now(); n.say != nil && now.Sub(n.last) >= time.Minute {
			n.last = now
			n.say(fmt.Sprintf("waiting for %s, which has not answered for %s", server, waitUnsaid))
		}
	}).Stop
}

// String returns the address without what may be secret in it.
func (p *Prometheus) String() string {
	return p.url.Scheme + "://" + p.url.Host + p.url.Path
}

// answer is a server's response, read to its end.
type answer struct {
	code   int
	status string // Code and words.
	header http.Header
	body   []byte
}

func (a answer) good() bool { return a.code/100 == 2 }

// post sends a body.
func (p *Prometheus) post(ctx context.Context, u *url.URL, body []byte, header http.Header) (answer, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, u.String(), bytes.NewReader(body))
	if err != nil {
		return answer{}, p.wrap(ctx, err)
	}
	request.Header = header
	request.Header.Set("User-Agent", "kpi_exporter")
	if p.user != nil {
		password, _ := p.user.Password()
		request.SetBasicAuth(p.user.Username(), password)
	}
	defer p.waiting.about(p.String())()
	response, err := p.client.Do(request)
	if err != nil {
		return answer{}, p.wrap(ctx, err)
	}
	defer response.Body.Close()
	a := answer{response.StatusCode, response.Status, response.Header, nil}
	if a.body, err = io.ReadAll(io.LimitReader(response.Body, maxAnswer+1)); err != nil {
		return answer{}, p.wrap(ctx, err)
	}
	if len(a.body) > maxAnswer {
		return answer{}, fmt.Errorf("%s: %s: the answer is larger than %d MB", p, p.said(a.status), maxAnswer>>20)
	}
	return a, nil
}

// maxAnswer is how many bytes an answer may have: those of half a million series.
const maxAnswer = 256 << 20

// wrap says where an error happened, without the address that net/http adds, whose query may hold a token.
func (p *Prometheus) wrap(ctx context.Context, err error) error {
	if detailed, ok := errors.AsType[*url.Error](err); ok {
		err = detailed.Err
	}
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil { // It is the client's own.
		return fmt.Errorf("%s: no answer within %s", p, format.Length(p.client.Timeout))
	}
	return fmt.Errorf("%s: %w", p, err)
}

// said returns what the server says, without secrets and at a reasonable length.
func (p *Prometheus) said(text string) string { return p.secrets.Say(text, 500) }

// refused makes an error of a response that is not a success.
func (p *Prometheus) refused(a answer) error {
	var said struct {
		Error string `json:"error"`
	}
	sentence := ""
	if json.Unmarshal(a.body, &said) == nil {
		sentence = said.Error
	}
	if sentence == "" {
		sentence, _, _ = strings.Cut(strings.TrimSpace(string(a.body)), "\n")
	}
	return fmt.Errorf("%s: %s: %s", p, p.said(a.status), cmp.Or(p.said(strings.TrimSpace(sentence)), "no reason given"))
}

// call sends a form to a path of the API and returns the answer.
func (p *Prometheus) call(ctx context.Context, path string, form url.Values) ([]byte, error) {
	header := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	a, err := p.post(ctx, p.url.JoinPath(path), []byte(form.Encode()), header)
	if err == nil && !a.good() {
		err = p.refused(a)
	}
	return a.body, err
}

// element is one series of a query's result.
type element struct {
	labels map[string]string
	value  float64
}

// query evaluates an expression that gives an instant vector, or a range of one sample per series.
func (p *Prometheus) query(ctx context.Context, expr string, at time.Time) ([]element, error) {
	text, err := p.call(ctx, "api/v1/query", url.Values{"query": {expr}, "time": {seconds(at)}})
	if err != nil {
		return nil, err
	}
	var doc struct {
		Status    string   `json:"status"`
		IsPartial bool     `json:"isPartial"` // As VictoriaMetrics says it.
		Warnings  []string `json:"warnings"`
		Data      struct {
			Result []struct {
				Metric map[string]string `json:"metric"`
				Value  [2]any            `json:"value"`
				Values [][2]any          `json:"values"`
			} `json:"result"`
		} `json:"data"`
	}
	if err := json.Unmarshal(text, &doc); err != nil || doc.Status != "success" {
		return nil, fmt.Errorf("%s: the answer is not that of a Prometheus", p)
	}
	if missing := promqltext.MissingPart(doc.Warnings, doc.IsPartial); missing != "" {
		return nil, fmt.Errorf("%s: the answer is not whole: %s", p, p.said(missing))
	}
	elements := make([]element, len(doc.Data.Result))
	for i, r := range doc.Data.Result {
		if len(r.Values) > 0 {
			r.Value = r.Values[len(r.Values)-1]
		}
		number, _ := r.Value[1].(string)
		value, err := strconv.ParseFloat(number, 64)
		if err != nil {
			return nil, fmt.Errorf("%s: %s", p, p.said(err.Error()))
		}
		elements[i] = element{r.Metric, value}
	}
	return elements, nil
}

// samplesAt returns the samples of a selector, with braces, that stand at an instant. It asks for the samples themselves, because
// VictoriaMetrics does not look at the end of a range in functions such as last_over_time.
func (p *Prometheus) samplesAt(ctx context.Context, selector string, at time.Time) ([]element, error) {
	return p.query(ctx, selector+"[1ms]", at)
}

// Held returns the KPIs of which the server has samples in their range.
func (p *Prometheus) Held(ctx context.Context, j Job) ([]string, error) {
	var names []string
	for _, r := range j.Ranges {
		length := int64(r.To.Sub(r.From)/time.Second) + 1 // The instant From too.
		expr := fmt.Sprintf("sum(count_over_time(kpi_info%s[%ds]))", j.selector(r), length)
		found, err := p.query(ctx, expr, r.To)
		if err != nil {
			return nil, err
		}
		if len(found) > 0 {
			names = append(names, r.KPI.Name)
		}
	}
	return names, nil
}

// Delete deletes every series of the KPIs, the recorded ones too, in their ranges.
func (p *Prometheus) Delete(ctx context.Context, j Job) error {
	for _, r := range j.Ranges {
		form := url.Values{
			"match[]": {j.selector(r)},
			"start":   {strconv.FormatInt(r.From.Unix(), 10)},
			"end":     {strconv.FormatInt(r.To.Unix(), 10)},
		}
		if _, err := p.call(ctx, "api/v1/admin/tsdb/delete_series", form); err != nil {
			return fmt.Errorf("delete the series of kpi %q (is Prometheus started with --web.enable-admin-api?): %w", r.KPI.Name, err)
		}
	}
	_, err := p.call(ctx, "api/v1/admin/tsdb/clean_tombstones", nil)
	return err
}

// selector selects the series of a KPI, with braces.
func (j *Job) selector(r Range) string {
	matchers := []string{"kpi=" + strconv.Quote(r.KPI.Name)}
	for name, value := range j.Labels {
		if !slices.Contains(strippedByRules(), name) {
			matchers = append(matchers, name+"="+strconv.Quote(value))
		}
	}
	slices.Sort(matchers)
	return "{" + strings.Join(matchers, ",") + "}"
}

// seconds returns an instant as Prometheus reads it: in Unix seconds.
func seconds(t time.Time) string {
	return strconv.FormatFloat(float64(t.UnixMilli())/1000, 'f', -1, 64)
}
