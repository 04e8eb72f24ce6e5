Feature: Keys are renewed while the server runs
  A key that has leaked must not live until the next restart, and a slip of the pen must lock nobody out.

  @OC-CTRL-2046
  Scenario: Keys and tenants are those of the file
    Given a server of its own with one key
    When its configuration comes to have the key "new" and no other
    Then the key "new" is let in
    And the key "old" is not let in
    When the key "new" of its configuration comes to be one that has expired
    Then the key "new" is not let in
    When its configuration comes to allow its tenant 0.01 requests a second
    Then the key "old" asks too often

  @OC-CTRL-2046
  Scenario: A bad file lets nobody in and locks nobody out
    Given a server of its own with one key
    When its configuration is replaced by half a file
    Then the key "old" is let in
    When its configuration is replaced by one without any key
    Then the key "old" is let in
    When its configuration is replaced by one with an unknown field
    Then the key "old" is let in
