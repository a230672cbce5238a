package rules

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/status"
)

var contact = Contact{
	SlackURLFile: "/etc/alertmanager/slack_url",
	SMTPHost:     "localhost:25",
	MailFrom:     "alertmanager@localhost",
	OfficeHours:  "08:00-18:00",
}

// placeRoutes writes Alertmanager's configuration into a folder.
func placeRoutes(t *testing.T, cfg *config.Config, c Contact) string {
	t.Helper()
	dir := t.TempDir()
	routes, err := Alertmanager(cfg, c)
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{"alertmanager.yml": routes, "kpi.tmpl": Messages} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestIncludedRoutes(t *testing.T) {
	dir := placeRoutes(t, loadFile(t, files["product"]), contact)
	for _, name := range []string{"alertmanager.yml", "kpi.tmpl"} {
		got, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		golden(t, "../../examples/alertmanager/"+name, got)
	}
}

func TestAlertmanagerAgrees(t *testing.T) {
	with := func(change func(c *Contact)) Contact {
		c := contact
		change(&c)
		return c
	}
	for name, test := range map[string]struct {
		file    string
		contact Contact
	}{
		"product": {files["product"], contact},
		"own":     {files["own"], with(func(c *Contact) { c.WebhookURL = "http://localhost:9/hook" })},
		"hostile": {files["hostile"], with(func(c *Contact) { c.OfficeHours = "00:00-24:00"; c.Location = "Asia/Tokyo" })},
	} {
		t.Run(name, func(t *testing.T) {
			dir := placeRoutes(t, loadFile(t, test.file), test.contact)
			program(t, dir, "amtool", "check-config", "alertmanager.yml")
		})
	}
	t.Run("no owners", func(t *testing.T) {
		program(t, placeRoutes(t, &config.Config{}, contact), "amtool", "check-config", "alertmanager.yml")
	})
}

func TestRoutesReachTheOwner(t *testing.T) {
	hook := contact
	hook.WebhookURL = "http://localhost:9/hook"
	finance := contact
	finance.Fallback = "finance"
	for name, test := range map[string]struct {
		contact Contact
		labels  string
		want    string
	}{
		"owner":            {contact, "alertname=KPITargetMissed owner=growth severity=warning", "kpi-owner-growth"},
		"critical":         {contact, "alertname=KPITargetMissed owner=finance severity=critical", "kpi-owner-finance"},
		"unreachable":      {contact, "alertname=KPIAtRisk owner=nobody severity=info", "kpi-fallback"},
		"without an owner": {contact, "alertname=KPIExporterDown severity=warning", "kpi-fallback"},
		"not about a KPI":  {contact, "alertname=DiskFull", "kpi-fallback"},
		"webhook as well":  {hook, "alertname=KPIStale owner=growth severity=warning", "kpi-webhook,kpi-owner-growth"},
		"other fallback":   {finance, "alertname=KPIDatabaseDown", "kpi-fallback"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := placeRoutes(t, loadFile(t, files["own"]), test.contact)
			args := []string{"amtool", "config", "routes", "test", "--config.file=alertmanager.yml", "--verify.receivers=" + test.want}
			program(t, dir, append(args, strings.Fields(test.labels)...)...)
		})
	}
}

func TestAlertmanagerRefuses(t *testing.T) {
	for name, test := range map[string]struct {
		change func(c *Contact)
		want   string
	}{
		"a fallback that is not an owner": {func(c *Contact) { c.Fallback = "ops" }, `owner "ops" has neither slack nor email in the file, so it cannot be the fallback`},
		"a fallback without a contact":    {func(c *Contact) { c.Fallback = "nobody" }, `owner "nobody" has neither slack nor email in the file, so it cannot be the fallback`},
		"hours":                           {func(c *Contact) { c.OfficeHours = "8 to 6" }, `"8 to 6" is not a range of office hours: write 08:00-18:00`},
		"a night":                         {func(c *Contact) { c.OfficeHours = "18:00-08:00" }, `"18:00-08:00" is not a range of office hours: write 08:00-18:00`},
		"a zone":                          {func(c *Contact) { c.Location = "Mars/Olympus" }, `unknown time zone Mars/Olympus`},
	} {
		t.Run(name, func(t *testing.T) {
			c := contact
			test.change(&c)
			_, err := Alertmanager(loadFile(t, files["own"]), c)
			if err == nil || err.Error() != test.want {
				t.Errorf("error %v, want %s", err, test.want)
			}
		})
	}
}

// notification is what Alertmanager gives its templates.
type notification struct {
	Receiver          string            `json:"receiver"`
	Status            string            `json:"status"`
	Alerts            []notified        `json:"alerts"`
	GroupLabels       map[string]string `json:"groupLabels"`
	CommonLabels      map[string]string `json:"commonLabels"`
	CommonAnnotations map[string]string `json:"commonAnnotations"`
	ExternalURL       string            `json:"externalURL"`
}

type notified struct {
	Status      string            `json:"status"`
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations"`
}

// notify puts alerts into one notification.
func notify(status string, alerts ...Alert) notification {
	n := notification{
		Receiver: "kpi-owner-growth", Status: status, ExternalURL: "http://alertmanager",
		CommonLabels: map[string]string{}, CommonAnnotations: map[string]string{},
	}
	common := func(to, one map[string]string, first bool) {
		if first {
			maps.Copy(to, one)
		}
		for name, value := range to {
			if one[name] != value {
				delete(to, name)
			}
		}
	}
	for i, a := range alerts {
		n.Alerts = append(n.Alerts, notified{status, a.Labels, a.Annotations})
		common(n.CommonLabels, a.Labels, i == 0)
		common(n.CommonAnnotations, a.Annotations, i == 0)
	}
	return n
}

func TestMessages(t *testing.T) {
	example := func(file, kpi string) Alert {
		cfg := loadFile(t, files[file])
		a, err := Example(cfg, cfg.KPI(kpi), "kpi")
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	plain, loud := example("own", "plain"), example("own", "loud")
	chance := func() Alert { // 8 of 200, against at most 3 %.
		cfg := loadFile(t, files["own"])
		late := *cfg.KPI("loud")
		late.Title = "Late deliveries"
		s, err := exampleFor(cfg, &late, "kpi", status.AtRisk)
		if err != nil {
			t.Fatal(err)
		}
		s.size = new(200.0)
		s.chance = status.Range{Lower: new(0.02041), Upper: new(0.07693)}
		a, err := s.alert()
		if err != nil {
			t.Fatal(err)
		}
		return a
	}()
	down := Alert{
		Labels:      map[string]string{"alertname": "KPIExporterDown", "instance": "a", "severity": "warning"},
		Annotations: map[string]string{"summary": "The KPI exporter is down.", "description": "Prometheus cannot scrape it."},
	}
	var many []Alert
	for i := range 23 {
		many = append(many, Alert{Labels: plain.Labels, Annotations: map[string]string{"summary": fmt.Sprintf("KPI %d is off target.", i+1), "description": fmt.Sprintf("KPI %d is 1.", i+1)}})
	}
	late := func(data string) Alert {
		return Alert{
			Labels: map[string]string{"alertname": "KPIDataLate", "job": "kpi", "data": data, "severity": "warning"},
			Annotations: map[string]string{
				"summary":     "The data of " + data + " is late.",
				"description": "The data of " + data + " ends 1d2h ago. 3 KPIs wait for it. Last values stay, without a verdict.",
			},
		}
	}
	linked := example("own", "loud")
	linked.Annotations["runbook_url"] = "https://wiki.example.com/kpi?of=a|b>c<d"
	for name, n := range map[string]notification{
		"link":      notify("firing", linked),
		"late":      notify("firing", late("warehouse"), late("money")),
		"many":      notify("firing", many...),
		"many gone": notify("resolved", many...),
		"one":       notify("firing", plain),
		"chance":    notify("firing", chance),
		"critical":  notify("firing", plain, loud),
		"several":   notify("firing", plain, loud, example("own", "whole")),
		"resolved":  notify("resolved", plain, loud),
		"hostile":   notify("firing", example("hostile", "lines"), example("hostile", "templates"), example("hostile", "labels")),
		"exporter":  notify("firing", down),
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			data, err := json.Marshal(n)
			if err != nil {
				t.Fatal(err)
			}
			for name, content := range map[string][]byte{"data.json": data, "kpi.tmpl": Messages} {
				if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			var all strings.Builder
			for _, part := range []string{"kpi.title", "kpi.link", "kpi.slack.color", "kpi.slack.title", "kpi.slack.text", "kpi.email.text", "kpi.email.html"} {
				args := []string{"amtool", "template", "render", "--template.glob=kpi.tmpl", "--template.data=data.json", `--template.text={{ template "` + part + `" . }}`}
				if part == "kpi.email.html" {
					args = append(args, "--template.type=html")
				}
				all.WriteString("== " + part + "\n" + program(t, dir, args...) + "\n")
			}
			golden(t, "testdata/messages/"+strings.ReplaceAll(name, " ", "_")+".txt", []byte(all.String()))
		})
	}
}

func TestExample(t *testing.T) {
	cfg := loadFile(t, files["own"])
	got, err := Example(cfg, cfg.KPI("loud"), "business")
	if err != nil {
		t.Fatal(err)
	}
	want := Alert{
		Labels: map[string]string{
			"alertname": "KPITargetMissed", "job": "business", "kpi": "loud", "owner": "growth",
			"severity": "critical", "team": "growth", "note": "{{ $value }} stays",
		},
		Annotations: map[string]string{
			"summary":       "Loud is off target.",
			"description":   "Loud is 5.5%, target at most 3% (attainment 16%).\nMeasured: 2026-03-31. Owner: growth.",
			"runbook_url":   "",
			"dashboard_url": "https://grafana.example.com/d/kpi-detail?var-kpi=loud",
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	moving, target := *cfg.KPI("loud"), *cfg.KPI("loud").Target
	target.BoundSet = config.BoundSet{Target: config.BoundRange{Upper: &config.Bound{Source: config.PreviousPeriod}}}
	target.Segments, moving.Target = nil, &target
	got, err = Example(cfg, &moving, "business")
	if want := "target at most 50%"; err != nil || !strings.Contains(got.Annotations["description"], want) {
		t.Errorf("for a target that moves: %q, %v; want the made-up %q", got.Annotations["description"], err, want)
	}
	for kpi, want := range map[string]string{
		"silent": `kpi "silent": its alerts are off`,
		"free":   `kpi "free": it has no target, so no alert can report a miss`,
	} {
		if _, err := Example(cfg, cfg.KPI(kpi), "kpi"); err == nil || err.Error() != want {
			t.Errorf("error %v, want %s", err, want)
		}
	}
}
