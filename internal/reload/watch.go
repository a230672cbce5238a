package reload

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"path/filepath"
	"syscall"
	"time"

	"github.com/fsnotify/fsnotify"
)

const (
	calm    = 200 * time.Millisecond // Changes come in bursts: one has ended when nothing has happened for so long,
	maxRush = 2 * time.Second        // or after this.
)

// watcher reloads when files change. Events only wake it: what has changed, it sees by comparing the files with what they looked like
// when they were read. So it misses nothing that happens before it watches, and files that nobody reads are no reason to reload.
type watcher struct {
	*fsnotify.Watcher
	keeper  *Keeper
	reload  func(ctx context.Context, trigger string) error
	logger  *slog.Logger
	watched watched
}

// Watch reloads whenever files of the KPI file change, until ctx ends. Where the system does not let it watch them, it says so once, and
// returns.
func Watch(ctx context.Context, keeper *Keeper, reload func(ctx context.Context, trigger string) error, logger *slog.Logger) {
	events, err := fsnotify.NewWatcher()
	if err == nil {
		w := &watcher{Watcher: events, keeper: keeper, reload: reload, logger: logger}
		err = w.run(ctx)
		_ = events.Close()
	}
	if err != nil {
		logger.Warn("Cannot watch the KPI files; after a change reload with SIGHUP or POST /-/reload", "err", err)
	}
}

func (w *watcher) run(ctx context.Context) error {
	for ctx.Err() == nil {
		whole, err := w.arm()
		if err != nil {
			return err
		}
		if whole && len(w.keeper.seen.Load().Changes()) == 0 {
			w.sleep(ctx)
		}
		w.calmDown(ctx)
		if changes := w.keeper.seen.Load().Changes(); len(changes) > 0 && ctx.Err() == nil {
			_ = w.reload(ctx, "--config.watch: "+summary(changes)) // It has logged what was wrong.
		}
	}
	return nil
}

// summary names the first of several files.
func summary(files []string) string {
	if more := len(files) - 1; more > 0 {
		return fmt.Sprintf("%s and %d more", files[0], more)
	}
	return files[0]
}

// arm watches the folders in which something can change, and no others. It returns false if one of them has vanished meanwhile.
func (w *watcher) arm() (whole bool, err error) {
	w.watched = watchedFor(w.keeper.seen.Load())
	for _, folder := range w.WatchList() {
		if !w.watched.folders[folder] {
			_ = w.Remove(folder) // It may have vanished.
		}
	}
	whole = true
	for folder := range w.watched.folders {
		err := w.Add(folder) // Again, too: it may be another folder of that name.
		switch {
		case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
			whole = false
		case errors.Is(err, fs.ErrPermission):
			w.watched.closed[folder] = true
			if err := w.Add(filepath.Dir(folder)); err != nil {
				w.lost(err)
			}
		case errors.Is(err, syscall.ENOSPC):
			return false, fmt.Errorf("%s: too many watches: raise the limit fs.inotify.max_user_watches", folder)
		case err != nil:
			return false, fmt.Errorf("%s: %w", folder, err)
		}
	}
	return whole, nil
}

// sleep waits for an event that may matter, or until files were read for another reason.
func (w *watcher) sleep(ctx context.Context) {
	for {
		select {
		case e := <-w.Events:
			if w.matters(e) {
				return
			}
		case err := <-w.Errors:
			w.lost(err)
			return
		case <-w.keeper.read:
			return
		case <-ctx.Done():
			return
		}
	}
}

// matters reports whether an event may be about a file that is read. Others are written in the same folders, perhaps all the time.
func (w *watcher) matters(e fsnotify.Event) bool {
	return e.Op&^(fsnotify.Write|fsnotify.Chmod) != 0 || e.Has(fsnotify.Write) && w.watched.files[e.Name] || e.Has(fsnotify.Chmod) && w.watched.closed[e.Name]
}

// lost notes an error such as a queue of events that was too short. Events are lost then, but no change is.
func (w *watcher) lost(err error) { w.logger.Debug("Events about KPI files were lost", "err", err) }

// calmDown waits until a burst of events has ended.
func (w *watcher) calmDown(ctx context.Context) {
	end := time.NewTimer(maxRush)
	defer end.Stop()
	quiet := time.NewTimer(calm)
	defer quiet.Stop()
	for {
		select {
		case e := <-w.Events:
			if w.matters(e) {
				quiet.Reset(calm)
			}
		case err := <-w.Errors:
			w.lost(err)
			quiet.Reset(calm)
		case <-quiet.C:
			return
		case <-end.C:
			return
		case <-ctx.Done():
			return
		}
	}
}
