"""What keeps harvests going: who works on what, what was lost and put back, what to tell.

``claims`` says which jobs and documents a living process works on, ``queues`` looks into Redis,
``recovery`` puts back what a crash lost, ``status`` and ``metrics`` tell it, ``cli`` are the
``ckan budget harvest`` commands.
"""
