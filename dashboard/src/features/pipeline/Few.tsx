import { Empty } from "@/ui/states";

/** Why nothing is told of a part of the customers, where there are runs in the period. */
export function Few() {
  return (
    <Empty
      title="Too few customers to be told alone"
      why="Fewer than five customers are told together with others, and these not without them. Take a filter away, or choose a longer period."
    />
  );
}
