package readcache_test

import (
	"context"
	"fmt"
	"time"

	"steampipe-plugin-ssmassoc/internal/aws/readcache"
)

// Two callers want the letters within a minute: the source is read once.
func ExampleThrough() {
	type letter struct{ Name string }
	cache := readcache.New(readcache.Options{})
	source := readcache.Source[letter]{
		Key: readcache.Key{Operation: "letters"},
		Run: func(_ context.Context, send func(*letter) error) (unknown, err error) {
			fmt.Println("reading")
			for _, name := range []string{"a", "b"} {
				if err := send(&letter{name}); err != nil {
					return nil, err
				}
			}
			return nil, nil
		},
	}
	for range 2 {
		_, err := readcache.Through(context.Background(), cache, source, time.Minute, func(l *letter) error {
			fmt.Println(l.Name)
			return nil
		})
		if err != nil {
			fmt.Println(err)
		}
	}
	// Output:
	// reading
	// a
	// b
	// a
	// b
}
