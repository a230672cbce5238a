package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kpi-exporter/kpi_exporter/internal/document"
)

func TestAnnotate(t *testing.T) {
	t.Parallel()
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name    string
		problem document.Problem
		want    string
	}{
		{
			"error",
			document.Problem{Position: document.Position{File: "kpi.yaml", Line: 12, Column: 5}, Message: `unknown key "lables"`, Hint: "did you mean `labels`?"},
			"::error file=kpi.yaml,line=12,col=5::unknown key \"lables\"%0Ahint: did you mean `labels`?\n",
		},
		{
			"warning with characters that mean something",
			document.Problem{Position: document.Position{File: "./a,b:c%/kpi.yaml", Line: 1, Column: 2}, Message: "3% of a\r\nratio: 300%, or so", Warning: true, Check: "percent"},
			"::warning file=a%2Cb%3Ac%25/kpi.yaml,line=1,col=2,title=percent::3%25 of a%0D%0Aratio: 300%25, or so\n",
		},
		{
			"path of a machine",
			document.Problem{Position: document.Position{File: filepath.Join(here, "kpis", "a.yaml"), Line: 1, Column: 2}, Message: "wrong"},
			"::error file=kpis/a.yaml,line=1,col=2::wrong\n",
		},
		{
			"elsewhere",
			document.Problem{Position: document.Position{File: filepath.Join(filepath.Dir(here), "a.yaml"), Line: 1, Column: 2}, Message: "wrong"},
			"::error file=" + filepath.Join(filepath.Dir(here), "a.yaml") + ",line=1,col=2::wrong\n",
		},
		{"whole file", document.Problem{Position: document.Position{File: "kpi.yaml"}, Message: "there are no kpis"}, "::error file=kpi.yaml::there are no kpis\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var out strings.Builder
			if annotate(&out, test.problem); out.String() != test.want {
				t.Errorf("got %q, want %q", out.String(), test.want)
			}
		})
	}
}
