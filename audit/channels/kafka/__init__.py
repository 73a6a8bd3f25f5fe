"""Apache Kafka as a destination: the few requests of its protocol that a producer needs, over guarded sockets."""
