// Package awssim is a simulated AWS: an [http.Handler] that speaks the wire
// protocols of Systems Manager (SSM), of the Security Token Service (STS) and
// of EC2's region listing on one endpoint, in front of a seeded fleet of
// managed nodes.
//
// It serves tests, demonstrations and benchmarks. Any AWS client works against
// it once its endpoint is [Listener.URL]. The region and the service are those
// of the request's Signature Version 4 credential scope; the access key id
// selects the account. Signatures are not verified.
//
// Package fleet computes the data that a client should see, [Server.Calls]
// counts its calls, and a [Fault] makes some of them fail.
package awssim
