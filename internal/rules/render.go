package rules

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"text/template"

	"github.com/prometheus/common/helpers/templates"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// sample is one element of what a query gives; templates read its fields.
type sample struct {
	Labels map[string]string
	Value  float64
}

// details are the pieces that the text of an alert looks up.
type details []sample

// parseTemplate reads a template as Prometheus does. What it looks up is answered from the details.
func parseTemplate(text string, known details) (*template.Template, error) {
	const variables = "{{$labels := .Labels}}{{$value := .Value}}"
	return template.New("").Option("missingkey=zero").Funcs(template.FuncMap{
		"query":            known.query,
		"label":            func(name string, s sample) string { return s.Labels[name] },
		"value":            func(s sample) float64 { return s.Value },
		"sortByLabel":      sortByLabel,
		"reReplaceAll":     replaceAll,
		"humanizeDuration": templates.HumanizeDuration,
	}).Parse(variables + text)
}

// render runs the templates of an alert whose expression gave s.
func (d details) render(texts map[string]string, s sample) (map[string]string, error) {
	rendered := make(map[string]string, len(texts))
	for name, text := range texts {
		t, err := parseTemplate(text, d)
		if err != nil {
			return nil, err
		}
		var b strings.Builder
		if err := t.Execute(&b, s); err != nil {
			return nil, err
		}
		rendered[name] = b.String()
	}
	return rendered, nil
}

// query answers the selectors by which verdicts look things up.
func (d details) query(text string) ([]sample, error) {
	expr, err := parser.NewParser(parser.Options{}).ParseExpr(text)
	if err != nil {
		return nil, err
	}
	selector, ok := expr.(*parser.VectorSelector)
	if !ok {
		return nil, fmt.Errorf("cannot answer %s", text)
	}
	var found []sample
	for _, s := range d {
		if matches(selector.LabelMatchers, s.Labels) {
			found = append(found, s)
		}
	}
	return found, nil
}

func matches(matchers []*labels.Matcher, set map[string]string) bool {
	for _, m := range matchers {
		if !m.Matches(set[m.Name]) {
			return false
		}
	}
	return true
}

func sortByLabel(name string, found []sample) []sample {
	return slices.SortedFunc(slices.Values(found), func(a, b sample) int { return strings.Compare(a.Labels[name], b.Labels[name]) })
}

func replaceAll(pattern, replacement, text string) (string, error) {
	re, err := regexp.Compile(pattern)
	if err != nil {
		return "", err
	}
	return re.ReplaceAllString(text, replacement), nil
}
