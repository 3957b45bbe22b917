/**
 * A closed view leaves an empty element. JupyterLab keeps the element of a view whose model was closed (its services
 * hold the closed comm, that the model, and that the view), so whatever is still in it would stay until the page goes.
 */
export function leaving(render) {
  const emptied = (close, el) => () => {
    close?.();
    el.replaceChildren();
  };
  return (context) => {
    const close = render(context);
    return close instanceof Promise ? close.then((later) => emptied(later, context.el)) : emptied(close, context.el);
  };
}
