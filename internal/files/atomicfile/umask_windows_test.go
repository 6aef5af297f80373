package atomicfile

func umask(int) (restore func()) { return func() {} }
