package foreignfile

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"github.com/kpi-exporter/kpi_exporter/internal/document"
)

var (
	unknownKey = regexp.MustCompile(`line (\d+): field (\S+) not found in type`)
	otherKind  = regexp.MustCompile(`line (\d+): cannot unmarshal`)
	plainName  = regexp.MustCompile(`^[A-Za-z][A-Za-z_-]{0,39}$`)
	bcryptHash = regexp.MustCompile(`^\$2[abxy]?\$\d\d\$[./A-Za-z0-9]{53}$`)
)

// Explain returns an error of the library about the file: by line and key where it is about the form of the file, which has the keys of a
// Go type, and never with a value of the file.
func (f File) Explain(err error, form reflect.Type) error {
	text := yamlValue.ReplaceAllString(err.Error(), "$1…")
	if m := unknownKey.FindStringSubmatch(text); m != nil {
		what := "there is no such key"
		if plainName.MatchString(m[2]) {
			what = "there is no key " + m[2]
			if near := document.Nearest(m[2], strings.Join(formKeys(form), " ")); near != "" {
				what += ": " + near
			}
		}
		return fmt.Errorf("%s:%s: %s", f.path, m[1], what)
	}
	if m := otherKind.FindStringSubmatch(text); m != nil {
		line, _ := strconv.Atoi(m[1])
		for _, v := range f.values {
			if v.Line == line && plainName.MatchString(v.key) {
				return fmt.Errorf("%s: the value of %s is of another kind than the key takes", f.file.Position(v.Node), v.key)
			}
		}
		return fmt.Errorf("%s:%s: the value is of another kind than its key takes", f.path, m[1])
	}
	if strings.Contains(text, "bcrypt") {
		for _, v := range f.values {
			if v.section == "basic_auth_users" && !bcryptHash.MatchString(v.Value) {
				return fmt.Errorf("%s: the password of this user is not a bcrypt hash: write what htpasswd -nB prints after the colon", f.file.Position(v.Node))
			}
		}
	}
	return errors.New(f.path + ": " + f.Hide(err.Error()))
}

// formKeys returns the names of the keys of a form at any depth.
func formKeys(form reflect.Type) []string {
	var names []string
	for form.Kind() == reflect.Pointer || form.Kind() == reflect.Map || form.Kind() == reflect.Slice {
		form = form.Elem()
	}
	if form.Kind() != reflect.Struct {
		return nil
	}
	for field := range form.Fields() {
		name, options, _ := strings.Cut(field.Tag.Get("yaml"), ",")
		if name != "" && name != "-" {
			names = append(names, name)
		}
		if name != "" && name != "-" || strings.Contains(options, "inline") {
			names = append(names, formKeys(field.Type)...)
		}
	}
	return names
}
