package rules

import (
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/model"

	"github.com/kpi-exporter/kpi_exporter/config"
)

// Messages is the file of templates that the configuration of Alertmanager names kpi.tmpl.
//
//go:embed kpi.tmpl
var Messages []byte

// Contact holds what only the platform knows about how messages are sent.
type Contact struct {
	SlackURLFile string // File with the address of Slack's incoming webhook, on Alertmanager's machine.
	SMTPHost     string // Host and port of the mail server.
	MailFrom     string
	WebhookURL   string // Gets every notification as JSON; "" for none.
	Fallback     string // Owner who gets what is nobody's; "" for the first of the file.
	OfficeHours  string // As 08:00-18:00, from Monday to Friday.
	Location     string // IANA name of the zone of the office hours; "" for the zone of most KPIs.
}

// The parts of Alertmanager's configuration that are used here.
type (
	alertmanager struct {
		Global        *global        `yaml:"global,omitempty"`
		Templates     []string       `yaml:"templates"`
		Route         route          `yaml:"route"`
		InhibitRules  []inhibition   `yaml:"inhibit_rules"`
		TimeIntervals []timeInterval `yaml:"time_intervals"`
		Receivers     []receiver     `yaml:"receivers"`
	}
	global struct {
		SlackURLFile string `yaml:"slack_api_url_file,omitempty"`
		SMTPHost     string `yaml:"smtp_smarthost,omitempty"`
		MailFrom     string `yaml:"smtp_from,omitempty"`
	}
	route struct {
		Receiver       string         `yaml:"receiver,omitempty"`
		Matchers       []string       `yaml:"matchers,omitempty"`
		GroupBy        []string       `yaml:"group_by,omitempty,flow"`
		GroupWait      model.Duration `yaml:"group_wait,omitempty"`
		GroupInterval  model.Duration `yaml:"group_interval,omitempty"`
		RepeatInterval model.Duration `yaml:"repeat_interval,omitempty"`
		Active         []string       `yaml:"active_time_intervals,omitempty,flow"`
		Continue       bool           `yaml:"continue,omitempty"`
		Routes         []route        `yaml:"routes,omitempty"`
	}
	inhibition struct {
		Source []string `yaml:"source_matchers"`
		Target []string `yaml:"target_matchers"`
		Equal  []string `yaml:"equal,flow"`
	}
	timeInterval struct {
		Name      string  `yaml:"name"`
		Intervals []times `yaml:"time_intervals"`
	}
	times struct {
		Weekdays []string `yaml:"weekdays,flow"`
		Times    []span   `yaml:"times"`
		Location string   `yaml:"location"`
	}
	span struct {
		Start string `yaml:"start_time"`
		End   string `yaml:"end_time"`
	}
	receiver struct {
		Name    string    `yaml:"name"`
		Slack   []slack   `yaml:"slack_configs,omitempty"`
		Email   []email   `yaml:"email_configs,omitempty"`
		Webhook []webhook `yaml:"webhook_configs,omitempty"`
	}
	slack struct {
		Channel      string `yaml:"channel"`
		SendResolved bool   `yaml:"send_resolved"`
		Color        string `yaml:"color"`
		Title        string `yaml:"title"`
		TitleLink    string `yaml:"title_link"`
		Text         string `yaml:"text"`
		Fallback     string `yaml:"fallback"`
	}
	email struct {
		To           string            `yaml:"to"`
		SendResolved bool              `yaml:"send_resolved"`
		Headers      map[string]string `yaml:"headers"`
		HTML         string            `yaml:"html"`
		Text         string            `yaml:"text"`
	}
	webhook struct {
		URL          string `yaml:"url"`
		SendResolved bool   `yaml:"send_resolved"`
	}
)

const (
	alertmanagerComment = `Alertmanager's routes for KPI alerts, written by "kpi_exporter generate alertmanager" with the owners of the KPI file.
Change the KPI file and write it again instead of changing it here.
`
	officeHours     = "kpi-office-hours"
	fallback        = "kpi-fallback"
	webhookReceiver = "kpi-webhook"
)

// Alertmanager returns a configuration that brings each alert to the owner of its KPI: in office hours, unless the
// alert is critical.
func Alertmanager(cfg *config.Config, c Contact) ([]byte, error) {
	office, err := officeInterval(cfg, c)
	if err != nil {
		return nil, err
	}
	am := alertmanager{
		Templates:     []string{"kpi.tmpl"},
		InhibitRules:  inhibitions(cfg),
		TimeIntervals: []timeInterval{office},
	}
	nobodys := receiver{Name: fallback}
	for _, o := range cfg.Owners {
		r := receiverOf(o)
		if r.silent() {
			continue
		}
		am.Receivers = append(am.Receivers, r)
		am.Route.Routes = append(am.Route.Routes, inOfficeHours(r.Name, `owner=`+strconv.Quote(o.Name)))
		if o.Name == c.Fallback || c.Fallback == "" && nobodys.silent() {
			nobodys.Slack, nobodys.Email = r.Slack, r.Email
		}
	}
	if c.Fallback != "" && nobodys.silent() {
		return nil, fmt.Errorf("owner %q has neither slack nor email in the file, so it cannot be the fallback", c.Fallback)
	}
	am.Global = globalFor(cfg.Owners, c)
	am.Route.Receiver = fallback
	am.Route.GroupBy = []string{"alertname", "owner"}
	am.Route.GroupWait = model.Duration(time.Minute)
	am.Route.GroupInterval = model.Duration(5 * time.Minute)
	am.Route.RepeatInterval = model.Duration(24 * time.Hour)
	am.Route.Routes = append(am.Route.Routes, inOfficeHours(fallback))
	am.Receivers = append(am.Receivers, nobodys)
	if c.WebhookURL != "" {
		am.Receivers = append(am.Receivers,
			receiver{Name: webhookReceiver, Webhook: []webhook{{URL: c.WebhookURL, SendResolved: true}}})
		all := inOfficeHours(webhookReceiver)
		all.Continue = true
		am.Route.Routes = slices.Insert(am.Route.Routes, 0, all)
	}
	return marshal(alertmanagerComment, am)
}

// inOfficeHours routes KPI alerts to a receiver, the critical ones among them at any time.
func inOfficeHours(name string, matchers ...string) route {
	return route{
		Receiver: name,
		Matchers: append([]string{`alertname=~"KPI.+"`}, matchers...),
		Active:   []string{officeHours},
		Routes:   []route{{Matchers: []string{`severity="critical"`}}}, // Hours are not inherited.
	}
}

// silent says that nobody would hear.
func (r receiver) silent() bool { return len(r.Slack)+len(r.Email) == 0 }

func receiverOf(o *config.Owner) receiver {
	r := receiver{Name: "kpi-owner-" + o.Name}
	if o.Slack != "" {
		r.Slack = []slack{{
			Channel:      o.Slack,
			SendResolved: true,
			Color:        `{{ template "kpi.slack.color" . }}`,
			Title:        `{{ template "kpi.slack.title" . }}`,
			TitleLink:    `{{ template "kpi.link" . }}`,
			Text:         `{{ template "kpi.slack.text" . }}`,
			Fallback:     `{{ template "kpi.slack.title" . }}`,
		}}
	}
	if o.Email != "" {
		r.Email = []email{{
			To:           o.Email,
			SendResolved: true,
			Headers:      map[string]string{"Subject": `{{ template "kpi.title" . }}`},
			HTML:         `{{ template "kpi.email.html" . }}`,
			Text:         `{{ template "kpi.email.text" . }}`,
		}}
	}
	return r
}

// globalFor returns what the receivers of these owners need, nil for nothing.
func globalFor(owners []*config.Owner, c Contact) *global {
	var g global
	for _, o := range owners {
		if o.Slack != "" {
			g.SlackURLFile = c.SlackURLFile
		}
		if o.Email != "" {
			g.SMTPHost, g.MailFrom = c.SMTPHost, c.MailFrom
		}
	}
	if g == (global{}) {
		return nil
	}
	return &g
}

// inhibitions lists which alert makes which other one superfluous.
func inhibitions(cfg *config.Config) []inhibition {
	own := []string{"job", "kpi"}
	for _, k := range cfg.KPIs {
		own = append(own, k.LabelNames()...)
	}
	slices.Sort(own[2:])
	own = slices.Compact(own)
	verdicts := `alertname=~"` + strings.Join([]string{TargetMissed, AtRisk, BehindPace}, "|") + `"`
	return []inhibition{
		{[]string{`alertname="` + jobDown + `"`}, []string{`alertname=~"KPI.+"`, `alertname!="` + jobDown + `"`}, []string{"job"}},
		{[]string{`alertname=~"KPIStale|KPIEvaluationFailing|KPINoData"`}, []string{verdicts}, []string{"job", "kpi"}},
		{[]string{`alertname="KPIStale"`}, []string{`alertname=~"KPIEvaluationFailing|KPINoData"`}, []string{"job", "kpi"}},
		{[]string{`alertname="` + TargetMissed + `"`}, []string{`alertname=~"` + AtRisk + "|" + BehindPace + `"`}, own},
		{[]string{`alertname="` + BehindPace + `"`}, []string{`alertname="` + AtRisk + `"`}, own},
	}
}

// officeInterval returns the time in which owners are at work.
func officeInterval(cfg *config.Config, c Contact) (timeInterval, error) {
	start, end, _ := strings.Cut(c.OfficeHours, "-")
	if !isTime(start) || !isTime(end) && end != "24:00" || start >= end {
		return timeInterval{}, fmt.Errorf("%q is not a range of office hours: write 08:00-18:00", c.OfficeHours)
	}
	location := c.Location
	if location == "" {
		location = commonLocation(cfg.KPIs)
	}
	if _, err := time.LoadLocation(location); err != nil {
		return timeInterval{}, err
	}
	return timeInterval{Name: officeHours, Intervals: []times{{
		Weekdays: []string{"monday:friday"},
		Times:    []span{{Start: start, End: end}},
		Location: location,
	}}}, nil
}

func isTime(s string) bool {
	_, err := time.Parse("15:04", s)
	return err == nil && len(s) == len("15:04")
}

// commonLocation returns the zone of most KPIs. If several zones are equally common, it is the first by name.
func commonLocation(kpis []*config.KPI) string {
	count := map[string]int{}
	for _, k := range kpis {
		if l := k.Calendar.Location; l != nil {
			count[l.String()]++
		}
	}
	common := "UTC"
	for _, name := range slices.Sorted(maps.Keys(count)) {
		if count[name] > count[common] {
			common = name
		}
	}
	return common
}
