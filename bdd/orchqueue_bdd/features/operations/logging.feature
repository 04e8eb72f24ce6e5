Feature: A log that nobody reads holds up nothing
  Whoever collects the log may stall; the clients of the server must not stall with him, nor he be told less than all.

  @OC-OPS-8008
  Scenario: The server serves on, and what finds no room is counted
    Given a server of its own of whose log little may wait
    And that nobody reads its log
    When it is sent more than its log has room for
    Then every request is answered
    When its log is read again
    Then each line is there, or counted among those that found no room
    And it goes on writing its log
