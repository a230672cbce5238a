package promqltext

import (
	"regexp"
	"strings"
)

// bare are the messages in which nothing is of the query itself but the names of existing functions.
var bare = regexp.MustCompile(`^(the query [^"]*|this is SQL, and a Prometheus reads PromQL` +
	`|unclosed left (parenthesis|bracket)|unterminated (quoted|raw) string|no expression found in input|unexpected end of input( .*)?` +
	`|expected type [a-z ]+ in call to function "[a-z0-9_]+", got [a-z ]+|expected (at (least|most) )?[0-9]+ argument\(s\) in call to "[a-z0-9_]+", got [0-9]+` +
	`|(no|wrong number of) arguments for aggregate expression provided(, expected [0-9]+, got [0-9]+)?` +
	`|ranges only allowed for vector selectors|vector selector must contain at least one non-empty matcher` +
	`|binary expression must contain only scalar and instant vector types)$`)

// Kind returns a message of Parse without any text of the query.
func Kind(message string) string {
	switch {
	case bare.MatchString(message):
		return message
	case strings.HasPrefix(message, "unknown function with name "):
		return "unknown function"
	case strings.HasPrefix(message, onlyPeriod):
		return onlyPeriod
	}
	return "this is not valid PromQL"
}
