package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/prometheus/prometheus/promql/parser"
	"gopkg.in/yaml.v3"
)

// docsPage is a page while its blocks are tested.
type docsPage struct {
	*testing.T
	dir       string
	database  string            // URL of a database with docsFixture.
	reader    string            // The same for a role that may only read.
	addresses map[string]string // Where a program listens, by the port that the pages say.
	names     []string          // Pairs for strings.NewReplacer: what the pages say, and what it is here.
	exports   string            // The commands of earlier blocks that set variables.
	output    string            // What the last command printed, to stdout and stderr.
}

// docsKinds holds what is done with each kind of block. A function returns "" or what is wrong.
var docsKinds = map[string]func(*docsPage, docsBlock) string{
	"yaml kpi-file":     (*docsPage).kpiFile,     // A whole KPI file. file= names it for later blocks; with bad it has mistakes.
	"yaml part":         (*docsPage).part,        // Sections of a KPI file.
	"yaml keys":         (*docsPage).keys,        // Keys of one KPI.
	"yaml target":       (*docsPage).target,      // Keys of one target; unit=, period= and better= belong to its KPI.
	"yaml file":         (*docsPage).file,        // A file that a later block reads; path=.
	"csv file":          (*docsPage).file,        // The same for values that are kept by hand.
	"yaml prometheus":   (*docsPage).prometheus,  // A configuration of Prometheus, kept as prometheus.yml.
	"yaml alertmanager": (*docsPage).amtool,      // A configuration of Alertmanager, kept as alertmanager.yml.
	"yaml web":          (*docsPage).webConfig,   // A file for --web.config.file, kept as web.yml.
	"yaml parsed":       (*docsPage).parsed,      // YAML for what tests do not run; see notRun.
	"sql run":           (*docsPage).sqlRun,      // SQL that is run in the database of the page.
	"sql role":          (*docsPage).sqlRole,     // The exporter's role, which the url in a later block uses.
	"sql query":         (*docsPage).sqlQuery,    // The query of a KPI; period=, labels=.
	"sql condition":     (*docsPage).condition,   // A condition of such a query; column=type for its columns.
	"sh run":            (*docsPage).shell,       // Commands; exit= is their exit code, 0 by default.
	"sh start":          (*docsPage).start,       // One command that serves until the end of the page.
	"sh interrupt":      (*docsPage).interrupt,   // Commands of which the last waits for Ctrl-C.
	"sh make":           (*docsPage).makeTargets, // Calls of make, of which only the commands are looked up.
	"sh test":           (*docsPage).otherTest,   // Commands that the test named by by= runs.
	"sql test":          (*docsPage).otherTest,   // Likewise.
	"yaml test":         (*docsPage).otherTest,   // Likewise.
	"sh parsed":         (*docsPage).parsed,      // Commands for what tests do not run; see notRun.
	"text output":       (*docsPage).printed,     // What the command before prints; … is any text, within a line or instead of lines.
	"text demo":         (*docsPage).demo,        // Rows of the demo, whose values depend on the day.
	"text metrics":      (*docsPage).metrics,     // Lines of /metrics, written in columns, with comments.
	"text message":      (*docsPage).message,     // What Alertmanager sends; it is in the expected output of internal/rules.
	"promql query":      (*docsPage).promQL,      // Expressions, separated by empty lines.
	"json output":       (*docsPage).jsonOutput,  // The same as text, for JSON.
}

// notRun holds, by a word of theirs, blocks that are only parsed, and why.
var notRun = map[string]string{
	"docker":    "needs Docker and images from the network",
	"systemctl": "needs systemd and root",
	"helm ":     "needs Kubernetes; tools/kubernetes renders what it installs",
	"services:": "needs Docker and images from the network",
	"sudo ":     "needs root",
}

// docsFixture is what readers have: the tables of the example product with data until June 2026, and the orders of a shop, 90 to
// 149 a day.
const docsFixture = `
CREATE TABLE orders (order_id bigint PRIMARY KEY, country text NOT NULL, amount numeric NOT NULL, created_at timestamptz NOT NULL);
INSERT INTO orders
SELECT row_number() OVER (), (ARRAY['DE', 'FR', 'US'])[1 + n % 3], 20 + n % 50, day + n * interval '9 minutes'
FROM generate_series(timestamptz '2025-01-01 00:00+01', '2026-06-01', '1 day') WITH ORDINALITY AS d (day, i),
  generate_series(1, 90 + (i * 37 % 60)::int) AS n;
`

// docsURL is the address of the reader's database on the pages.
const docsURL = "postgres://kpi_exporter:change-me@localhost:5432/shop?sslmode=disable"

// docsPrograms are those that a block may start, by their ports, with flags that tests need.
var docsPrograms = map[string]struct{ port, flags string }{
	"kpi_exporter": {"10574", ""},
	"prometheus":   {"9090", ""},
	"alertmanager": {"9093", "--cluster.listen-address= --storage.path=alertmanager-data"},
}

func newDocsPage(t *testing.T) *docsPage {
	t.Helper()
	p := &docsPage{T: t, dir: t.TempDir(), addresses: map[string]string{}}
	p.database = productDatabase(t, "testdata/product.sql")
	postgres.Exec(t, p.database, docsFixture)
	p.reader = postgres.NewReader(t, p.database)
	p.names = []string{docsURL, p.reader}
	for _, program := range docsPrograms {
		address, err := freeAddress()
		if err != nil {
			t.Fatal(err)
		}
		p.addresses[program.port] = address
		p.names = append(p.names, "localhost:"+program.port, address)
	}
	bin := filepath.Join(p.dir, "bin")
	if err := os.Mkdir(bin, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, found := range map[string]string{"kpi_exporter": "kpi_exporter", "bin/alertmanager": "prometheus-alertmanager"} {
		path, err := exec.LookPath(found)
		if err == nil {
			err = os.Symlink(path, filepath.Join(p.dir, name))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	// No links: a KPI file may not read what is elsewhere.
	if err := os.CopyFS(filepath.Join(p.dir, "sql"), os.DirFS("../../examples/product/sql")); err != nil {
		t.Fatal(err)
	}
	schema, err := os.ReadFile("../../examples/product/schema.sql")
	if err != nil {
		t.Fatal(err)
	}
	writeText(t, filepath.Join(p.dir, "schema.sql"), string(schema))
	return p
}

func (p *docsPage) write(name, text string) string {
	p.Helper()
	path := filepath.Join(p.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		p.Fatal(err)
	}
	return writeText(p, path, strings.NewReplacer(p.names...).Replace(text))
}

// bash returns a command that runs the text where the page's files are, with every variable of a database set.
func (p *docsPage) bash(ctx context.Context, text string) *exec.Cmd {
	text = strings.NewReplacer(p.names...).Replace(p.exports + text)
	bash := exec.CommandContext(ctx, "bash", "-euo", "pipefail", "-c", text)
	bash.Dir, bash.WaitDelay = p.dir, time.Second
	bash.Env = append(os.Environ(), "PATH="+filepath.Join(p.dir, "bin")+":"+os.Getenv("PATH"))
	for _, name := range []string{"APP", "EU", "KPI", "SHOP", "US", "WAREHOUSE"} {
		bash.Env = append(bash.Env, name+"_DATABASE_URL="+p.reader)
	}
	bash.Env = append(bash.Env, "KPI_TEST_DATABASE_URL="+p.database)
	return bash
}

// run runs a command and keeps what it prints.
func (p *docsPage) run(bash *exec.Cmd, code string) string {
	out, err := bash.CombinedOutput()
	p.output = string(out)
	if bash.ProcessState == nil || fmt.Sprint(bash.ProcessState.ExitCode()) != cmp.Or(code, "0") {
		return fmt.Sprintf("%v, want exit code %s:\n%s", err, cmp.Or(code, "0"), out)
	}
	return ""
}

func (p *docsPage) command(text string) string {
	ctx, cancel := context.WithTimeout(p.Context(), 2*time.Minute)
	defer cancel()
	return p.run(p.bash(ctx, text), "0")
}

// check has check read a KPI file, and the database plan its queries.
func (p *docsPage) check(name, text string) string {
	p.write(name, text)
	if complaint := p.command("kpi_exporter check --connect --config.file " + name); complaint != "" {
		return text + complaint
	}
	return ""
}

// kpiFile is a file that check has nothing to say against, unless it is bad.
func (p *docsPage) kpiFile(b docsBlock) string {
	name := cmp.Or(b.options["file"], "kpi.yaml")
	if _, bad := b.options["bad"]; bad {
		p.write(name, b.text)
		return p.run(p.bash(p.Context(), "kpi_exporter check --config.file "+name+" 2>&1 >/dev/null"), "1")
	}
	if complaint := p.check(name, b.text); complaint != "" {
		return complaint
	}
	if strings.Contains(p.output, "warning:") {
		return p.output
	}
	return ""
}

// hasKey reports whether YAML has a key at its top.
func hasKey(text string, keys ...string) bool {
	var top map[string]any
	_ = yaml.Unmarshal([]byte(text), &top) // check says what is wrong with it.
	return slices.ContainsFunc(keys, func(key string) bool { _, ok := top[key]; return ok })
}

// part adds what the sections lack to be a file.
func (p *docsPage) part(b docsBlock) string {
	text := b.text
	if name := b.options["file"]; name != "" {
		p.write(name, text)
	}
	if !hasKey(text, "databases") {
		text += "databases: {app: {url: \"${APP_DATABASE_URL}\"}}\n"
	}
	if !hasKey(text, "kpis", "include") {
		text += "kpis: {it: {title: It, period: day, query: SELECT 1 AS value}}\n"
	}
	return p.check("part.yaml", text)
}

func indented(text, by string) string {
	return by + strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\n", "\n"+by) + "\n"
}

// keys adds what the keys lack to be a KPI.
func (p *docsPage) keys(b docsBlock) string {
	text := "title: It\n" + b.text
	if !hasKey(text, "period", "from", "formula") {
		text += "period: day\n"
	}
	if !hasKey(text, "query", "query_file", "from", "formula") {
		text += "query: SELECT count(*) AS value FROM orders WHERE created_at >= :period_start AND created_at < :period_end\n"
	}
	file := "databases: {app: {url: \"${APP_DATABASE_URL}\"}}\n"
	if hasKey(text, "databases") {
		file = "databases: {eu: {url: \"${EU_DATABASE_URL}\"}, us: {url: \"${US_DATABASE_URL}\"}}\n"
	}
	return p.check("keys.yaml", file+"kpis:\n  it:\n"+indented(text, "    "))
}

// target makes a KPI with the label country for the target, and for what its bounds come from.
func (p *docsPage) target(b docsBlock) string {
	text := "unit: " + cmp.Or(b.options["unit"], "orders") + "\nperiod: " + strings.ReplaceAll(cmp.Or(b.options["period"], "month"), ":", ": ") + `
labels: [country]
sample_size: orders
query: |
  SELECT country, count(*) AS value, count(*) AS orders
  FROM orders
  WHERE created_at >= ` + start(b) + `
  GROUP BY country
`
	target := b.text
	if hasKey(target, "target") {
		return p.keys(docsBlock{text: text + target})
	}
	return p.keys(docsBlock{text: text + "target:\n" + indented(target, "  ")})
}

func start(b docsBlock) string {
	if b.options["period"] == "instant" {
		return "'2025-01-01' AND created_at < :as_of"
	}
	return ":period_start AND created_at < :period_end"
}

func (p *docsPage) file(b docsBlock) string {
	p.write(b.options["path"], b.text)
	return ""
}

func (p *docsPage) prometheus(b docsBlock) string {
	p.write("prometheus.yml", b.text)
	return p.command("promtool check config prometheus.yml")
}

func (p *docsPage) amtool(b docsBlock) string {
	p.write("alertmanager.yml", b.text)
	return p.command("amtool check-config alertmanager.yml")
}

// webConfig has serve read the file: a wrong one ends it.
func (p *docsPage) webConfig(b docsBlock) string {
	p.write("web.yml", b.text)
	p.write("kpi.yaml", "databases: {app: {url: \"${APP_DATABASE_URL}\"}}\nkpis: {it: {title: It, period: instant, query: SELECT 1 AS value}}\n")
	return p.start(docsBlock{text: "kpi_exporter --web.config.file=web.yml"})
}

// parsed is for blocks that cannot run everywhere: their syntax is right, and notRun says why they are not run.
func (p *docsPage) parsed(b docsBlock) string {
	known := false
	for word := range notRun {
		known = known || strings.Contains(b.text, word)
	}
	if !known {
		return "notRun does not say why it is not run"
	}
	if strings.HasPrefix(b.kind, "sh") {
		return p.run(exec.CommandContext(p.Context(), "bash", "-n", "-c", b.text), "0")
	}
	if strings.HasPrefix(b.kind, "yaml") {
		if err := yaml.Unmarshal([]byte(b.text), new(any)); err != nil {
			return err.Error()
		}
	}
	return ""
}

func (p *docsPage) sqlRun(b docsBlock) string {
	postgres.Exec(p, p.database, b.text)
	return ""
}

// sqlRole makes the role under a name of its own: roles belong to the server, which other tests share.
func (p *docsPage) sqlRole(b docsBlock) string {
	database := regexp.MustCompile(`/([^/?]+)\?`).FindStringSubmatch(p.database)[1]
	role := "docs_" + database
	postgres.Exec(p, p.database, strings.NewReplacer("kpi_exporter", role, "DATABASE shop", "DATABASE "+database).Replace(b.text))
	p.names = append([]string{docsURL, asUser(p.database, role+":change-me")}, p.names[2:]...)
	p.Cleanup(func() { postgres.Exec(p, p.database, "DROP OWNED BY "+role+"; DROP ROLE "+role) })
	return ""
}

func asUser(url, user string) string { return strings.Replace(url, "postgres@", user+"@", 1) }

func (p *docsPage) sqlQuery(b docsBlock) string {
	return p.keys(docsBlock{text: "labels: [" + b.options["labels"] + "]\nperiod: " + b.options["period"] + "\nquery: |\n" + indented(b.text, "  ")})
}

func (p *docsPage) condition(b docsBlock) string {
	var columns []string
	for name, kind := range b.options {
		columns = append(columns, "NULL::"+kind+" AS "+name)
	}
	slices.Sort(columns)
	period := "day"
	if strings.Contains(b.text, ":as_of") {
		period = "instant"
	}
	return p.sqlQuery(docsBlock{
		options: map[string]string{"period": period},
		text:    "SELECT count(*) AS value FROM (SELECT " + strings.Join(columns, ", ") + ") AS t WHERE\n" + b.text,
	})
}

func (p *docsPage) shell(b docsBlock) string {
	ctx, cancel := context.WithTimeout(p.Context(), 2*time.Minute)
	defer cancel()
	complaint := p.run(p.bash(ctx, b.text), b.options["exit"])
	for line := range strings.Lines(b.text) {
		if strings.HasPrefix(line, "export ") {
			p.exports += line
		}
	}
	return complaint
}

// start runs a program until the end of the page, on an address of its own.
func (p *docsPage) start(b docsBlock) string {
	text, _, _ := strings.Cut(strings.TrimSpace(b.text), "  #")
	name := strings.TrimPrefix(strings.Fields(text)[0], "./")
	program, ok := docsPrograms[name]
	if !ok || strings.Contains(strings.ReplaceAll(text, "\\\n", ""), "\n") {
		return "want one command that starts kpi_exporter, prometheus or alertmanager"
	}
	address := p.addresses[program.port]
	ctx, cancel := context.WithCancel(context.Background())
	bash := p.bash(ctx, "exec "+text+" --web.listen-address="+address+" "+program.flags)
	var log bytes.Buffer
	bash.Stdout, bash.Stderr = &log, &log
	bash.Cancel = func() error { return bash.Process.Signal(syscall.SIGTERM) }
	bash.WaitDelay = patience
	if err := bash.Start(); err != nil {
		cancel()
		return err.Error()
	}
	p.Cleanup(func() {
		cancel()
		_ = bash.Wait() // It was told to end.
		if p.Failed() {
			p.Log(log.String())
		}
	})
	until(p.T, text+" is ready", func() bool { return p.isReady(name, address) })
	return ""
}

// isReady reports whether a program has something to show: the exporter, its first results.
func (p *docsPage) isReady(program, address string) bool {
	path := "/-/ready"
	if program == "kpi_exporter" {
		path = "/metrics"
	}
	request, err := http.NewRequestWithContext(p.Context(), http.MethodGet, "http://"+address+path, http.NoBody)
	if err != nil {
		p.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return strings.Contains(err.Error(), "malformed HTTP response") // It serves TLS.
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		p.Fatal(err)
	}
	switch response.StatusCode {
	case http.StatusOK:
		return path != "/metrics" || bytes.Contains(text, []byte("\nkpi_up{"))
	case http.StatusServiceUnavailable:
		return false
	}
	return true // It wants a password.
}

// interrupt presses Ctrl-C as soon as the command says that it waits for it.
func (p *docsPage) interrupt(b docsBlock) string {
	ctx, cancel := context.WithTimeout(p.Context(), patience)
	defer cancel()
	out := &interruptWriter{}
	bash := p.bash(ctx, "exec "+b.text)
	bash.Stdout, bash.Stderr = out, out
	out.interrupt = func() { _ = bash.Process.Signal(os.Interrupt) } // If it has ended, so much the better.
	err := bash.Run()
	if p.output = out.text.String(); err != nil {
		return fmt.Sprintf("%v:\n%s", err, p.output)
	}
	return ""
}

type interruptWriter struct {
	text      bytes.Buffer
	interrupt func()
}

func (w *interruptWriter) Write(b []byte) (int, error) {
	if bytes.Contains(b, []byte("Ctrl-C")) {
		w.interrupt()
	}
	return w.text.Write(b)
}

// makeTargets looks up the targets of the Makefile: building and testing within a test would take minutes.
func (p *docsPage) makeTargets(b docsBlock) string {
	for line := range strings.Lines(b.text) {
		line, _, _ = strings.Cut(line, "#")
		words := strings.Fields(line)
		if len(words) == 0 || words[0] != "make" {
			return "not a call of make: " + line
		}
		if complaint := p.run(exec.CommandContext(p.Context(), "make", append([]string{"-n", "-C", "../.."}, words[1:]...)...), "0"); complaint != "" {
			return complaint
		}
	}
	return ""
}

// otherTest trusts a test that exists.
func (p *docsPage) otherTest(b docsBlock) string {
	files, err := filepath.Glob("*_test.go")
	if err != nil {
		p.Fatal(err)
	}
	for _, file := range files {
		if by := b.options["by"]; by != "" && bytes.Contains(readBytes(p, file), []byte("func "+by+"(t *testing.T) {")) {
			return ""
		}
	}
	return "there is no test " + b.options["by"]
}

// message looks a message up among those that amtool rendered.
func (p *docsPage) message(b docsBlock) string {
	for _, golden := range []string{"several", "chance"} {
		if messages := string(readBytes(p, "../../internal/rules/testdata/messages/"+golden+".txt")); strings.Contains(messages, strings.TrimSpace(b.text)) {
			return ""
		}
	}
	return "no message reads so"
}

// printed compares with the last output, in which … of the page is anything.
func (p *docsPage) printed(b docsBlock) string {
	trim := func(text string) string {
		return strings.TrimSpace(regexp.MustCompile(`(?m)[ \t]+$`).ReplaceAllString(text, ""))
	}
	pattern := strings.ReplaceAll(regexp.QuoteMeta(trim(b.text)), "…", `[\s\S]*?`)
	if !regexp.MustCompile(`\A` + pattern + `\z`).MatchString(trim(strings.ReplaceAll(p.output, "…", ""))) {
		return "it prints:\n" + p.output
	}
	return ""
}

// demo compares the names and the columns: the values of the demo depend on the day.
func (p *docsPage) demo(b docsBlock) string {
	files, err := filepath.Glob("../../examples/product/*.yaml")
	if err != nil {
		p.Fatal(err)
	}
	var kpis []byte
	for _, file := range files {
		kpis = append(kpis, readBytes(p, file)...)
	}
	header, rows, _ := strings.Cut(b.text, "\n")
	if want := "KPI LABELS VALUE TARGET ATTAINMENT STATUS"; strings.Join(strings.Fields(header), " ") != want {
		return "the columns are " + want
	}
	for row := range strings.Lines(rows) {
		if name := strings.Fields(row)[0]; name != "…" && !bytes.Contains(kpis, []byte("\n  "+name+":\n")) {
			return "the example has no KPI " + name
		}
	}
	return ""
}

func (p *docsPage) jsonOutput(b docsBlock) string {
	if !json.Valid([]byte(b.text)) {
		return "it is not JSON"
	}
	return p.printed(b)
}

// metricsLine is a line of /metrics as pages show it: with more space, and a comment.
var metricsLine = regexp.MustCompile(`^([a-z0-9_]+)(\{[a-z_]+="[^"]*"(?:,[a-z_]+="[^"]*")*\})? +(-?[0-9.e+]+)(?: {2,}.*)?$`)

func (p *docsPage) metrics(b docsBlock) string {
	exposed := string(readBytes(p, "../../docs/metrics.md"))
	for line := range strings.Lines(b.text) {
		match := metricsLine.FindStringSubmatch(strings.TrimSpace(line))
		if match == nil {
			return "not a line of metrics: " + line
		}
		if !strings.Contains(exposed, "\n| `"+match[1]+"` |") {
			return match[1] + " is not in docs/metrics.md"
		}
	}
	return ""
}

func (p *docsPage) promQL(b docsBlock) string {
	for expr := range strings.SplitSeq(b.text, "\n\n") {
		if _, err := parser.NewParser(parser.Options{}).ParseExpr(expr); err != nil {
			return fmt.Sprintf("%s: %v", expr, err)
		}
	}
	return ""
}
