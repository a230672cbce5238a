package schema

import "strings"

// object is a part of a JSON Schema.
type object = map[string]any

// Form is what a value may be.
type Form struct {
	json     object
	words    string // As the reference page has it.
	required bool
}

// As returns the form with other words for the reference page.
func (f Form) As(words string) Form {
	f.words = words
	return f
}

// Required is the form of a key without which the file is refused.
func Required(form Form) Form {
	form.required = true
	return form
}

// PeriodWords are the periods that are one word.
const PeriodWords = "day week month quarter year instant"

// Text is any text.
func Text() Form { return Form{json: ref("text"), words: "text"} }

// SQL is the text of a query.
func SQL() Form { return Form{json: object{"type": "string"}, words: "SQL"} }

// Pattern is text that matches a regular expression; the words say what it is.
func Pattern(expression, words string) Form {
	return Form{json: object{"type": "string", "pattern": expression}, words: words}
}

// Words is one of a few words, given with spaces between them.
func Words(known string) Form {
	words := strings.Fields(known)
	if len(words) == 1 {
		return Form{json: object{"const": known}, words: "`" + known + "`"}
	}
	return Form{json: object{"enum": words}, words: "`" + strings.Join(words[:len(words)-1], "`, `") + "` or `" + words[len(words)-1] + "`"}
}

// Number is a number as people write it, in any unit.
func Number() Form { return Form{json: ref("number"), words: "number"} }

// Change is a number with a sign: by how much a bound differs from a value of the past.
func Change() Form { return Form{json: ref("number"), words: "`+10%`, `-5` or `+2pp`"} }

// Count is a whole number.
func Count() Form {
	return Form{json: object{"type": []string{"integer", "string"}}, words: "whole number"}
}

// Duration is a length of time; 0 alone needs no unit.
func Duration() Form { return Form{json: ref("duration"), words: "length of time"} }

// Date is a day.
func Date() Form { return Pattern("^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "date") }

// Instant is a date, or a time with or without an offset.
func Instant() Form {
	return Pattern("^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:.*)?$", "date or time")
}

// WebURL is an address of the web.
func WebURL() Form { return Pattern("^https?://", "web address") }

// Mapping is a value of a mapping with a section of its own: database, owner, mail, slack, report, objective, decision, lint, defaults,
// query, kpi, alert, target, segment, bound or period; the words say what it is.
func Mapping(name, words string) Form { return Form{json: ref(name), words: words} }

// List is a list of values of one form.
func List(item Form) Form {
	return Form{json: object{"type": "array", "items": item.json}, words: "list of " + item.words}
}

// Pair is a list of two values, as of a range.
func Pair(item Form) Form {
	return Form{json: object{"type": "array", "items": item.json, "minItems": 2, "maxItems": 2}, words: "two of " + item.words}
}

// Named is a mapping from names to values of one form.
func Named(value Form) Form {
	return Form{json: named(nil, value.json), words: "names, each with " + value.words}
}

// Plan is a mapping from times to numbers, whose keys match a regular expression.
func Plan(times string) Form {
	value := either(Number().json, Words("none").json)
	return Form{json: named(object{"pattern": times}, value), words: "times with numbers"}
}

// Either is one of several forms.
func Either(forms ...Form) Form {
	schemas, words := make([]object, len(forms)), make([]string, len(forms))
	for i, form := range forms {
		schemas[i], words[i] = form.json, form.words
	}
	return Form{json: either(schemas...), words: strings.Join(words, ", or ")}
}

func ref(name string) object { return object{"$ref": "#/$defs/" + name} }
