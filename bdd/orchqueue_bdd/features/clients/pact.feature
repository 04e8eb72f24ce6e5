Feature: What a client relies on holds
  The pacts of the typed client and of the command are played to the server by Pact's own verifier.

  Background:
    Given the server "agreed"

  Scenario Outline: The interaction "<interaction>" goes as agreed
    When the interaction "<interaction>" of the client is played
    Then it goes as the client relies on

    @OC-CTRL-2079
    Examples: tasks
      | interaction          |
      | accepted             |
      | cancelled            |
      | stream               |
      | queue full with drop-lru |
      | admission reject     |
      | invalid params       |
      | pool unready         |
      | replica exhausted    |
      | decode timeout       |
      | worker reset         |
      | internal             |

    @ORCH-2004
    Examples: sessions that are read
      | interaction  |
      | session read |

    @ORCH-2005
    Examples: sessions that are deleted
      | interaction     |
      | session deleted |

    @OC-POOL-3011
    Examples: workers that are given up for a while
      | interaction      |
      | pool unavailable |

  Scenario Outline: The interaction "<interaction>" goes as the command has agreed
    When the interaction "<interaction>" of the command is played
    Then it goes as the command relies on

    @OC-CTRL-2079
    Examples: tasks
      | interaction  |
      | accepted     |
      | no room      |
      | stream       |
      | worker reset |
      | cancelled    |

    @OC-CTRL-2060
    Examples: what a server tells of itself
      | interaction    |
      | what is served |

    @ORCH-2004
    Examples: sessions that are read
      | interaction |
      | budgets     |
