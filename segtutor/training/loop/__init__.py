"""What the loop of st.fit is made of: parts that learn, optimiser, schedules, state, interrupts, events."""
