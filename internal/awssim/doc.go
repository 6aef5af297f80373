// Package awssim is a simulated AWS: an [http.Handler] that speaks the wire
// protocols of Systems Manager (SSM), the Security Token Service (STS) and the
// region listing of EC2 on one endpoint, over a fleet of managed nodes that is
// a pure function of a seed.
//
// It exists for tests, demonstrations and benchmarks. Any AWS client works
// against it once its endpoint is pointed at [Listener.URL]; region and
// service are read from the request's Signature Version 4 credential scope and
// the access key id selects the account. Signatures are not verified.
//
// What a client ought to see can be computed from the [Fleet], what it did is
// in [Server.Calls], and what can go wrong is asked for with a [Fault].
package awssim
