package reload

import (
	"context"
	"fmt"
	"time"

	"github.com/kpi-exporter/kpi_exporter/config"
)

const (
	stillFor    = 200 * time.Millisecond
	stillRounds = 25 // Five seconds: then somebody writes all the time.
	patience    = 30 * time.Second
)

// stillness loads a KPI file, and none that is half written, or hangs.
type stillness struct {
	*Keeper
	pause  func(context.Context) error // Waits for stillFor.
	within time.Duration               // How long reading may take.
}

// load reads the files, and where one of them was written within the last second reads them again until all are still for a moment.
func (s stillness) load(ctx context.Context) (*config.Config, error) {
	cfg, seen, err := s.once(s.within)
	for range stillRounds {
		if !seen.MayBeHalf(time.Now()) {
			return cfg, err
		}
		if canceled := s.pause(ctx); canceled != nil {
			return nil, canceled
		}
		before := seen
		if cfg, seen, err = s.once(s.within); seen.Equal(before) {
			return cfg, err
		}
	}
	return nil, fmt.Errorf("%s, or a file that it names, changes all the time", s.file)
}

// pauseForStillness waits until writers that have not ended would have written something more.
func pauseForStillness(ctx context.Context) error {
	timer := time.NewTimer(stillFor)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
