Feature: Connections are no one's to keep
  Whoever merely holds a connection, or leaves its answers unread, takes what others need.

  Background:
    Given the server "tight"

  @OC-CTRL-2047
  Scenario: A connection that asks for nothing more is closed
    When a connection asks for nothing more
    Then it is closed when its time is over

  @OC-CTRL-2047
  Scenario: Empty lines keep no connection open
    When a connection sends nothing but empty lines
    Then it is closed when its time is over

  @OC-CTRL-2047
  Scenario: Who reads nothing of what it asked for is cut off
    When a client asks for much and reads nothing of it
    Then its connection is closed

  @OC-CTRL-2047
  Scenario: Those who hold connections keep nobody out
    Given that somebody holds more connections than there may be
    Then whoever comes after them is served
    And they have given way
