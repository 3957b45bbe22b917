"""What every explorer stands on: the anywidget base, its turns with the browser, and what is sent to it."""
