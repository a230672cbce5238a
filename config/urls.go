package config

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/kpi-exporter/kpi_exporter/internal/document"
	"github.com/kpi-exporter/kpi_exporter/internal/engine"
	"github.com/kpi-exporter/kpi_exporter/internal/keys"
	"github.com/kpi-exporter/kpi_exporter/internal/secret"
)

// CheckSecrets says what is wrong with URLs and tokens that are in the environment or in files, as far as they can be read now: what is not
// set, or not there, may be where the exporter runs. It also warns of files that URLs name and that cannot be used here, or that everybody
// may read. Nothing that it says holds a part of a secret.
func (c *Config) CheckSecrets() document.Problems {
	var problems document.Problems
	for _, d := range c.Databases {
		problems = append(problems, d.checkSecrets()...)
	}
	problems = append(problems, c.Mail.Check()...)
	problems = append(problems, c.Slack.Check()...)
	return slices.DeleteFunc(problems, func(p document.Problem) bool { return p.Warning && c.Off(p.Check) }).Sorted()
}

func (d *Database) checkSecrets() document.Problems {
	location, isReadable := d.location().Readable()
	if !isReadable {
		return nil
	}
	wrong := func(err error, hint string) document.Problems {
		if p, ok := errors.AsType[*engine.PartError](err); ok {
			err, hint = errors.New(p.Message), strings.TrimSuffix(p.Instead+"; "+hint, "; ")
		}
		return document.Problems{{Position: d.at.url, Message: fmt.Sprintf("database %q: %s", d.Name, err), Hint: hint}}
	}
	bare := location
	bare.PasswordFile, bare.HTTPConfigFile = "", ""
	found, err := bare.Resolve()
	if err != nil {
		return wrong(err, d.whereToMend())
	}
	var problems document.Problems
	for _, m := range d.misfits(found.Engine()) {
		problems = append(problems, document.Problem{Position: m.at, Message: fmt.Sprintf("database %q: %s", d.Name, m.message), Hint: m.instead})
	}
	if len(problems) > 0 {
		return problems
	}
	address, err := location.Resolve()
	if err != nil {
		return wrong(err, "")
	}
	files, said := address.SecretFiles(), d.location().SecretFiles()
	for _, parameter := range slices.Sorted(maps.Keys(files)) {
		if _, isSaid := said[parameter]; !isSaid && secret.IsExposed(files[parameter]) {
			problems = append(problems, keys.Exposed(d.at.url, parameter))
		}
	}
	for _, f := range address.Files() {
		if err := f.Check(); err != nil {
			problems = append(problems, d.unusable(err))
		}
	}
	return problems
}

// unusable is the warning of a file that the URL names and that cannot be used here.
func (d *Database) unusable(err error) document.Problem {
	message, hint := err.Error(), "correct its path, unless it is only where the exporter runs"
	if p, ok := errors.AsType[*engine.PartError](err); ok {
		message, hint = p.Message, p.Instead
	}
	return document.Problem{
		Position: d.at.url, Message: fmt.Sprintf("database %q: %s", d.Name, message), Hint: hint,
		Warning: true, Check: "unusable_file",
	}
}

// whereToMend says what to change where the URL is not in the KPI file itself.
func (d *Database) whereToMend() string {
	if d.urlFile != "" {
		return "correct the file that url_file names"
	}
	if variables := secret.Variables(d.url); len(variables) > 0 {
		return "correct the variable " + strings.NewReplacer("${", "", "}", "").Replace(strings.Join(variables, ", "))
	}
	return ""
}
