//! The gRPC services of the plane.
