package web

import (
	_ "embed"
	"net/http"
)

//go:embed favicon.svg
var favicon []byte

// faviconPath is where browsers look for the picture beside the title of a page.
const faviconPath = "/favicon.ico"

// serveFavicon serves it: browsers go by its type, not by the ending of the path.
func serveFavicon(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "image/svg+xml")
	w.Header().Set("Cache-Control", "public, max-age=86400")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	_, _ = w.Write(favicon)
}
