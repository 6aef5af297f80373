package embedded

// OpenTimes is openTimes, for tests that cannot be in this package.
var OpenTimes = openTimes
