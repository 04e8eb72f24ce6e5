Feature: Metrics are open
  Whoever watches over a server reads them before anything else can be done with it.

  @OC-CTRL-2071
  Scenario: A server with keys tells its metrics to whoever asks
    Given a configuration that names no host
    When a server is started with it
    Then its metrics are told without a key
