package rules

import "strings"

// The words for a number: Prometheus writes them when an alert fires, with nothing but the functions of its templates, exactly
// as internal/format writes them for the terminal and the catalogue. These templates are called by their names.
const (
	// numberTemplate is format.Number. A number from ten thousand on is written as 1.23e+05; then its point moves, and k, M or
	// B takes the place of the exponent. Thousands have a shorter way: Prometheus compiles each expression again each time.
	numberTemplate = `{{- define "number" }}{{ if and (gt . -9999.5) (lt . 9999.5) }}{{ printf "%.4g" . -}}
{{ else if and (gt . -999500.0) (lt . 999500.0) }}{{ printf "%.2e" . | reReplaceAll "\\.(.)(.)e.04$" "$1.${2}k" | reReplaceAll "\\.(..)e.05$" "${1}k" | reReplaceAll "\\.0k" "k" -}}
{{ else }}{{ printf "%.2e" .
  | reReplaceAll "\\.(.)(.)e.(04|07|10)$" "$1.${2}e+$3" | reReplaceAll "\\.(..)e.(05|08|11)$" "${1}e+$2"
  | reReplaceAll "\\.(..)e.12$" "${1}0e+11" | reReplaceAll "\\.(..)e.13$" "${1}00e+11" | reReplaceAll "\\.(..)e.14$" "${1}000e+11"
  | reReplaceAll "\\.0+e" "e" | reReplaceAll "(\\.[1-9])0e" "${1}e"
  | reReplaceAll "e.0[45]$" "k" | reReplaceAll "e.0[678]$" "M" | reReplaceAll "e.(09|10|11)$" "B" }}{{ end }}{{ end -}}
`
	// percentTemplate is format.Percent. Close below 100% it writes two digits behind the nines that the share begins with.
	percentTemplate = `{{- define "percent" }}{{ if and (gt . 0.99) (lt . 0.99999999999) -}}
{{ $digits := printf "%.13f" . | reReplaceAll "^0\\.(9*)(..).*" "$1$2" | len -}}
{{ printf "%.*f%%" $digits . | reReplaceAll "^0\\.(..)" "$1." | reReplaceAll "\\.?0*%" "%" -}}
{{ else if or (ge . 10.0) (le . -10.0) }}{{ printf "%.2f%%" . | reReplaceAll "\\." "" }}{{ else }}{{ humanizePercentage . }}{{ end }}{{ end -}}
`
	// durationTemplate is format.Duration: of what humanizeDuration writes it keeps the two largest units.
	durationTemplate = `{{- define "duration" }}{{ if and (gt . -60.0) (lt . 60.0) }}{{ printf "%.4gs" . -}}
{{ else if or (gt . 9223372036.0) (lt . -9223372036.0) }}{{ printf "%.0fs" . }}{{ else }}{{ printf "%.0f" . | humanizeDuration
  | reReplaceAll "^(\\S+ \\S+) .*" "$1" | reReplaceAll " 0.$" "" | reReplaceAll " " "" }}{{ end }}{{ end -}}
`
	// valueTemplate is quantity.Unit.Format, and behind it a unit that is a word; its arguments are the value and the unit.
	valueTemplate = `{{- define "value" }}{{ if eq .arg1 "ratio" }}{{ template "percent" .arg0 }}{{ else if eq .arg1 "seconds" }}{{ template "duration" .arg0 -}}
{{ else }}{{ template "number" .arg0 }}{{ if not (eq .arg1 "" "count") }} {{ if eq (printf "%.9s" .arg1) "currency:" }}{{ slice .arg1 9 }}{{ else }}{{ .arg1 }}{{ end }}{{ end }}{{ end }}{{ end -}}
`
)

// differenceTemplate writes the difference of two values; its arguments are the difference and the unit. That of two shares is in
// percentage points.
const differenceTemplate = `{{- define "difference" }}{{ if gt .arg0 0.0 }}+{{ end }}{{ if eq .arg1 "ratio" }}{{ humanizePercentage .arg0
  | reReplaceAll "%$" " percentage points" | reReplaceAll "^(-?1) (.*)s$" "$1 $2" }}{{ else }}{{ template "value" . }}{{ end }}{{ end -}}
`

// withWords puts above a text the templates for words that it calls, and those that they call.
func withWords(text string) string {
	for _, words := range []struct{ call, template string }{
		{`template "difference"`, differenceTemplate},
		{`template "value"`, valueTemplate}, // Behind those that call it, before those that it calls.
		{`template "duration"`, durationTemplate},
		{`template "percent"`, percentTemplate},
		{`template "number"`, numberTemplate},
	} {
		if strings.Contains(text, words.call) {
			text = words.template + text
		}
	}
	return text
}
