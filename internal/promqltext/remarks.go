package promqltext

import "strings"

// aboutQuery begins what a Prometheus remarks on a query. Other warnings are about the data: a store that did not answer, say.
const aboutQuery = "PromQL "

// MissingPart returns what a server says about a part of the data that its answer lacks, "" if the answer is whole. The remarks are its
// warnings and notes; partial is what VictoriaMetrics says.
func MissingPart(remarks []string, partial bool) string {
	for _, remark := range remarks {
		if !strings.HasPrefix(remark, aboutQuery) {
			return remark
		}
	}
	if partial {
		return "the server says that it is partial"
	}
	return ""
}
