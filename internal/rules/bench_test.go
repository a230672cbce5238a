package rules

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/status"
)

// BenchmarkAnnotations renders the texts of one alert, as Prometheus does at every evaluation of each alert that fires.
func BenchmarkAnnotations(b *testing.B) {
	cfg := loadFile(b, files["own"])
	s, err := exampleFor(cfg, cfg.KPI("plain"), testJob, status.OffTarget)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := s.alert(); err != nil {
			b.Fatal(err)
		}
	}
}

var rulesBase = flag.String("rulesbase", "", "another kpi_exporter, for example an older one, whose rules BenchmarkAlerts measures beside these")

// BenchmarkAlerts has a Prometheus evaluate the included rules over 5,000 KPIs of four values each on a bad day: 3,154 values are off
// target and 1,553 at risk. It reports how long each group takes, and the CPU time of Prometheus, scrapes included, for each
// evaluation of the alerts. PROMETHEUS may name another program than Debian's.
func BenchmarkAlerts(b *testing.B) {
	if *rulesBase != "" {
		b.Run("base", func(b *testing.B) { benchmarkRules(b, baseRules(b, *rulesBase)) })
	}
	b.Run("now", func(b *testing.B) {
		groups, err := Generate(&config.Config{})
		if err != nil {
			b.Fatal(err)
		}
		text, err := groups.File()
		if err != nil {
			b.Fatal(err)
		}
		benchmarkRules(b, text)
	})
}

// baseRules returns the rules that another program generates.
func baseRules(b *testing.B, program string) []byte {
	b.Helper()
	dir := b.TempDir()
	const kpis = "databases: {app: {url: \"sqlite://app.db\"}}\nkpis: {it: {title: It, period: instant, query: SELECT 1 AS value}}\n"
	file := filepath.Join(dir, "kpi.yaml")
	if err := os.WriteFile(file, []byte(kpis), 0o600); err != nil {
		b.Fatal(err)
	}
	if out, err := exec.CommandContext(b.Context(), program, "--config.file="+file, "generate", "rules", "--output="+dir).CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, out)
	}
	text, err := os.ReadFile(filepath.Join(dir, "kpi.rules.yml"))
	if err != nil {
		b.Fatal(err)
	}
	return text
}

func benchmarkRules(b *testing.B, text []byte) {
	b.Helper()
	page := badDay()
	exporter := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; version=0.0.4")
		_, _ = w.Write(page)
	}))
	defer exporter.Close()
	dir := b.TempDir()
	scrape := fmt.Sprintf("global: {scrape_interval: 15s, evaluation_interval: 15s}\nrule_files: [rules.yml]\n"+
		"scrape_configs: [{job_name: kpi, honor_labels: true, static_configs: [{targets: [%q]}]}]\n", exporter.Listener.Addr())
	for name, content := range map[string][]byte{"rules.yml": text, "prometheus.yml": []byte(scrape)} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			b.Fatal(err)
		}
	}
	url, stop := startPrometheus(b, dir)
	defer stop()
	for b.Loop() {
		deadline := time.Now().Add(30 * time.Minute) // An evaluation takes minutes where the machine is busy.
		for query(b, url, `count(ALERTS{alertname=~"KPITargetMissed|KPIAtRisk"})`) != 4707 || query(b, url, `changes(prometheus_rule_group_last_evaluation_timestamp_seconds{rule_group=~".*kpi.alerts"}[10m])`) < 3 {
			if time.Now().After(deadline) {
				b.Fatal("the alerts never fire")
			}
			time.Sleep(time.Second)
		}
		for _, group := range []string{rulesGroup, historyGroup, alertsGroup} {
			b.ReportMetric(query(b, url, `prometheus_rule_group_last_duration_seconds{rule_group=~".*`+group+`"}`), "s/"+group)
		}
		b.ReportMetric(query(b, url, `rate(process_cpu_seconds_total{job="prometheus"}[3m])
			/ ignoring (rule_group) rate(prometheus_rule_group_iterations_total{job="prometheus",rule_group=~".*`+alertsGroup+`"}[3m])`), "cpu-s/evaluation")
	}
}

// badDay is a page of metrics.
func badDay() []byte {
	var b bytes.Buffer
	now := time.Now().Unix()
	for k := range 5000 {
		kpi := fmt.Sprintf("kpi=\"kpi_%d\"", k)
		fmt.Fprintf(&b, "kpi_info{%s,product=\"Acme\",title=\"KPI number %d\",owner=\"owner_%d\",objective=\"o\",objective_title=\"Grow\",unit=\"users\",direction=\"higher\",period=\"day\",dashboard=\"https://grafana.example.com/d/kpi-detail?var-kpi=kpi_%d\"} 1\n", kpi, k, k%50, k)
		fmt.Fprintf(&b, "kpi_period_info{%s,measured=\"2026-03-31\"} 1\n", kpi)
		for _, series := range []struct {
			name  string
			value int64
		}{{"kpi_up", 1}, {"kpi_interval_seconds", 3600}, {"kpi_stale_after_seconds", 10800}, {"kpi_last_success_timestamp_seconds", now}, {"kpi_period_elapsed_ratio", 1}} {
			fmt.Fprintf(&b, "%s{%s} %d\n", series.name, kpi, series.value)
		}
		for i := range 4 {
			own := fmt.Sprintf("%s,plan=\"p%d\"", kpi, i)
			verdict, value := 0, 13_000
			switch n := i*5000 + k; {
			case n < 3154:
				verdict, value = 2, 8000
			case n < 3154+1553:
				verdict, value = 1, 11_000
			}
			fmt.Fprintf(&b, "kpi_value{%[1]s} %[2]d\nkpi_target{%[1]s} 12000\nkpi_bound{%[1]s,tier=\"target\",side=\"lower\"} 12000\nkpi_bound{%[1]s,tier=\"critical\",side=\"lower\"} 9000\n"+
				"kpi_attainment_ratio{%[1]s} %[3]g\nkpi_sample_size{%[1]s} 1204\nkpi_status{%[1]s} %[4]d\nkpi_previous_value{%[1]s,compared_with=\"previous_period\"} 12100\n",
				own, value, float64(value)/12_000, verdict)
		}
	}
	return b.Bytes()
}

// startPrometheus runs a Prometheus with the configuration of a folder, which scrapes itself too.
func startPrometheus(b *testing.B, dir string) (url string, stop func()) {
	b.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	address := listener.Addr().String()
	if err := listener.Close(); err != nil {
		b.Fatal(err)
	}
	own := "  - {job_name: prometheus, scrape_interval: 15s, static_configs: [{targets: [" + strconv.Quote(address) + "]}]}\n"
	file := filepath.Join(dir, "prometheus.yml")
	text, err := os.ReadFile(file)
	if err != nil {
		b.Fatal(err)
	}
	text = append(bytes.Replace(text, []byte("scrape_configs: [{"), []byte("scrape_configs:\n  - {"), 1), own...)
	if err := os.WriteFile(file, bytes.Replace(text, []byte("]}]}]\n"), []byte("]}]}\n"), 1), 0o600); err != nil {
		b.Fatal(err)
	}
	program := os.Getenv("PROMETHEUS")
	if program == "" {
		program = "prometheus"
	}
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, program, "--config.file="+file, "--storage.tsdb.path="+filepath.Join(dir, "data"), "--web.listen-address="+address,
		"--web.console.libraries="+dir, "--web.console.templates="+dir)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	return "http://" + address, func() {
		cancel()
		_ = cmd.Wait() // It was told to end.
		if b.Failed() {
			b.Log(log.String())
		}
	}
}

// query returns the value of the only series of an expression, -1 while there is none.
func query(b *testing.B, url, expr string) float64 {
	b.Helper()
	request, err := http.NewRequestWithContext(b.Context(), http.MethodGet, url+"/api/v1/query", http.NoBody)
	if err != nil {
		b.Fatal(err)
	}
	form := request.URL.Query()
	form.Set("query", expr)
	request.URL.RawQuery = form.Encode()
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return -1 // It is not there yet.
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		b.Fatal(err)
	}
	var answer struct {
		Data struct{ Result []struct{ Value [2]any } }
	}
	if json.Unmarshal(body, &answer) != nil || len(answer.Data.Result) != 1 {
		return -1
	}
	v, err := strconv.ParseFloat(answer.Data.Result[0].Value[1].(string), 64)
	if err != nil {
		b.Fatal(err)
	}
	return v
}
