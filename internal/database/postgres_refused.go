package database

import (
	"cmp"
	"errors"
	"regexp"
	"slices"
	"strings"

	"github.com/lib/pq"

	"github.com/kpi-exporter/kpi_exporter/internal/document"
	"github.com/kpi-exporter/kpi_exporter/internal/engine"
)

// refusedNames match the name of a setting in the messages with which PostgreSQL and PgBouncer refuse one.
var refusedNames = regexp.MustCompile(`parameter "([^"]+)"|unsupported startup parameter: (\S+)|unsupported startup parameter in options: (\S+)`)

// explainRefusal completes the error with which a server or a pooler refuses a setting that the URL has: where it stands there, and what
// to write instead.
func explainRefusal(err error, u engine.PostgresURL) {
	said, ok := errors.AsType[*pq.Error](err)
	if !ok {
		return
	}
	name := ""
	if found := refusedNames.FindStringSubmatch(said.Message); found != nil {
		name = cmp.Or(found[1:]...)
	}
	settings, options := u.Settings(), u.Parameters()["options"] != ""
	place := "a parameter of the url"
	at := slices.IndexFunc(settings, func(s string) bool {
		return strings.EqualFold(s, name) || name == "" && strings.Contains(said.Message, s) // Such as in another language.
	})
	switch {
	case at >= 0:
		name = settings[at]
	case name == "options":
	case name == "" && options && said.SQLState() == "42601":
		name = "options"
	case name != "" && options:
		place = "in options, a parameter of the url"
	default:
		return
	}
	if rest := instead(said.SQLState(), name, u.User()); rest != "" {
		said.Hint = strings.TrimSuffix(name+" is "+place+rest+"; "+said.Hint, "; ")
	}
}

// instead says what to write in place of a setting that is refused, "" if the error is about something else.
func instead(code, name, role string) string {
	const pooler = ", which PgBouncer does not accept: leave it out, and set "
	near := document.Nearest(name, engine.PostgresParameters())
	isSlip := slices.ContainsFunc(strings.Fields(engine.PostgresParameters()), func(known string) bool { return document.IsSlip(name, known) })
	switch {
	case code == "42704" && near == "":
		return ": leave it out, or write the name of a setting that this server has"
	case code == "42704", code == "08P01" && isSlip: // A pooler refuses what the server knows, too.
		return ": " + near
	case code == "22023":
		return ": correct its value"
	case code == "55P02", code == "42501":
		return ", and a session of this role cannot set it: leave it out"
	case code == "42601":
		return ": write options=-c%20search_path%3Dshop"
	case code == "08P01" && name == "options":
		return pooler + "each setting for the role: ALTER ROLE " + identifier(role) + " SET search_path = …"
	case code == "08P01":
		return pooler + "it for the role: ALTER ROLE " + identifier(role) + " SET " + name + " = …"
	}
	return ""
}
