package backfill

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/tsdb"
)

// checkOverlap returns an error if blocks in the folder hold samples of the job's series in its ranges: of two samples at one
// instant nobody could say which one counts. Blocks of the job itself do not count: a run that was killed has moved them.
func (b Blocks) checkOverlap(ctx context.Context, j *Job, own []string) error {
	entries, err := os.ReadDir(b.Dir)
	if err != nil {
		return err
	}
	from, to := int64(math.MaxInt64), int64(math.MinInt64)
	var names []string
	for _, r := range j.Ranges {
		from, to = min(from, r.From.UnixMilli()), max(to, r.To.UnixMilli())
		names = append(names, regexp.QuoteMeta(r.KPI.Name))
	}
	matchers := []*labels.Matcher{labels.MustNewMatcher(labels.MatchRegexp, "kpi", strings.Join(names, "|"))}
	for name, value := range j.Labels {
		matchers = append(matchers, labels.MustNewMatcher(labels.MatchEqual, name, value))
	}
	for _, entry := range entries {
		meta := b.meta(entry.Name())
		if meta == nil || slices.Contains(own, entry.Name()) || meta.MaxTime <= from || meta.MinTime > to {
			continue
		}
		held, err := b.held(ctx, entry.Name(), max(from, meta.MinTime), min(to, meta.MaxTime-1), matchers)
		if err != nil {
			return fmt.Errorf("%s: %w", filepath.Join(b.Dir, entry.Name()), err)
		}
		if len(held) > 0 {
			const most = 5
			if more := len(held) - most; more > 0 {
				held = append(held[:most], fmt.Sprintf("%d more", more))
			}
			return fmt.Errorf("block %s already has samples of %s between %s and %s: delete them first, or use --force to write beside them",
				entry.Name(), strings.Join(held, ", "), day(meta.MinTime), day(meta.MaxTime))
		}
	}
	return nil
}

func day(ms int64) string { return time.UnixMilli(ms).UTC().Format(time.RFC3339) }

// held returns the KPIs of which a block has samples in a range.
func (b Blocks) held(ctx context.Context, name string, from, to int64, matchers []*labels.Matcher) (kpis []string, err error) {
	block, err := tsdb.OpenBlock(nil, filepath.Join(b.Dir, name), nil, nil)
	if err != nil {
		return nil, err
	}
	defer func() { _ = block.Close() }()
	q, err := tsdb.NewBlockQuerier(block, from, to)
	if err != nil {
		return nil, err
	}
	defer func() { _ = q.Close() }()
	found := q.Select(ctx, false, nil, matchers...)
	for found.Next() {
		if kpi := found.At().Labels().Get("kpi"); !slices.Contains(kpis, kpi) {
			kpis = append(kpis, kpi)
		}
	}
	slices.Sort(kpis)
	return kpis, found.Err()
}
