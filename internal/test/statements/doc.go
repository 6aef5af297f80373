// Package statements tests that statements of any form return what plain tables with
// the same rows return. It contains tests only.
package statements
