package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/prometheus/prometheus/promql/parser"
)

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
