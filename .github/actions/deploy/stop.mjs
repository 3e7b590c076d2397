// The end of the action before a deployment was accepted: an exit code, a title and what to do about it.

export class Stop extends Error {
  constructor(exitCode, title, message) {
    super(message);
    this.exitCode = exitCode;
    this.title = title;
  }
}

export const refused = (environment, why) => new Stop(2, `boathook refused the deployment to ${environment}`, why);
export const refusedByGitHub = (why) => new Stop(2, 'GitHub refused', why);
export const refusedByRelay = (why) => new Stop(2, 'The relay refused', `${why}; is \`url\` that of a channel?`);
export const otherRequest = ({ deployment_id: id }, image) =>
  new Stop(2, 'The deployment was not sent', `deployment-id \`${id}\` already names another request, which deploys ${image}; send a new one for a new deployment`);
export const relayUnreachable = (why) => new Stop(3, 'The relay is not reachable', why);
export const notTaken = (why) => new Stop(3, 'boathook did not answer on GitHub', why);
export const unreachable = (why) => new Stop(3, 'boathook is not reachable', why);
export const wrongInput = (why) => new Stop(2, 'The deployment was not sent', why);
export const notBoathook = () => new Stop(2, "The answer is not boathook's", 'is `url` right?');
