package grafanatest

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// screenshotSum is of what people read on the boards that the pictures of the README show, when those were drawn.
const screenshotSum = "testdata/screenshots.sum"

// readOnPictures returns the sum of what people read on these boards now.
func readOnPictures(t *testing.T) string {
	t.Helper()
	sum := sha256.New()
	for _, golden := range []string{"kpi-overview", "kpi-detail-activation_rate"} {
		content, err := os.ReadFile(filepath.Join("testdata", golden+".history.golden"))
		if err != nil {
			t.Fatal(err)
		}
		sum.Write(content)
	}
	return fmt.Sprintf("%x", sum.Sum(nil))
}

// TestScreenshotsAreCurrent fails while the README shows what is no longer on the boards.
func TestScreenshotsAreCurrent(t *testing.T) {
	t.Parallel()
	drawn, err := os.ReadFile(screenshotSum)
	if err != nil {
		t.Fatal(err)
	}
	if strings.TrimSpace(string(drawn)) != readOnPictures(t) {
		t.Error("the pictures of the README are of older boards: run make screenshots")
	}
}
