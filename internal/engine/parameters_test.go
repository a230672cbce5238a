package engine

import (
	"regexp"
	"strings"
	"testing"
)

// TestInstead reads what is said in place of every parameter that is refused: it begins with what to do, has one colon in all, and every
// parameter that it names is one that is obeyed.
func TestInstead(t *testing.T) {
	begins := regexp.MustCompile(`^(leave it out(; .+)?|(write|set|use) .+)$`)
	named := regexp.MustCompile(`write (?:([a-z_-]+)(?: and ([a-z_-]+))? instead|([a-z-]+)=\S+(?: or ([a-z-]+)=\S+)?)`)
	for engine, list := range map[Engine]map[string]string{Postgres{}: refused(), MySQL{}: mysqlRefused()} {
		known := obeyed + settings
		if engine == (MySQL{}) {
			known = mysqlParameters
		}
		for key, instead := range list {
			err := engine.Check("u@h/db?" + key + "=canary")
			if want := "the parameter " + key + " of the url is not supported: " + instead; err == nil || err.Error() != want {
				t.Errorf("%v\nwant %s", err, want)
			}
			if !begins.MatchString(instead) || strings.Contains(instead, ":") && !strings.Contains(instead, ":3306") || strings.HasPrefix(instead, "leave it out; write") {
				t.Errorf("%s: %s", key, instead)
			}
			for _, name := range append(named.FindStringSubmatch(instead), "")[min(1, len(named.FindStringSubmatch(instead))):] {
				if name != "" && !strings.Contains(known, " "+name+" ") {
					t.Errorf("%s: %s: there is no %s", key, instead, name)
				}
			}
			if strings.Contains(known, " "+key+" ") {
				t.Errorf("%s is both obeyed and refused", key)
			}
		}
	}
}
